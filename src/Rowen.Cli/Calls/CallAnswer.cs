using System.Text;
using System.Text.Json.Serialization;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Calls;

/// <summary>What <c>rowen call --output json</c> prints for each input.</summary>
internal sealed record CallAnswer
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public required string Function { get; init; }

    public required string Lease { get; init; }

    public required string Node { get; init; }

    /// <summary>How the invocation travelled.</summary>
    public required string Provider { get; init; }

    /// <summary>Why it did not travel faster, one reason for each provider that would have been; null if none would.</summary>
    public string? WhyNotFaster { get; init; }

    /// <summary><c>Result</c>, <c>Failed</c>, <c>NotExecuted</c> or <c>Unknown</c>.</summary>
    public required string Outcome { get; init; }

    public required ErrorCode Error { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Message { get; init; }

    /// <summary>Where the function threw, on the executor.</summary>
    public string? RemoteStack { get; init; }

    /// <summary>The result, where it is text: strings, JSON, numbers and arrays of them.</summary>
    public string? Text { get; init; }

    /// <summary>The result in base64, where it is not.</summary>
    public string? Base64 { get; init; }

    /// <summary>From the call until the result was here.</summary>
    public required double ElapsedUs { get; init; }

    /// <summary>What is printed: the result as it came, or its text and the end of a line.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Printed { get; private init; }

    /// <summary>Adds a result.</summary>
    /// <param name="output">As it came.</param>
    /// <param name="form">The text form of its type, if it has one.</param>
    /// <param name="isText">Whether the function returns a string, which may be none.</param>
    /// <param name="isRaw">Whether it is to be printed as it came, whatever it is.</param>
    public CallAnswer With(byte[] output, TextForm? form, bool isText, bool isRaw)
    {
        string? text = isText && output.AsSpan().SequenceEqual(PayloadCodec<string>.Encode(null!)) ? "null" : form?.FormatOrNone(output) ?? TextOrNone(output);
        return this with
        {
            Printed = isRaw || text is null ? output : Strict.GetBytes(text + "\n"),
            Text = text,
            Base64 = text is null ? Convert.ToBase64String(output) : null,
        };
    }

    /// <summary>What can be shown as it is; null if it is no text.</summary>
    public static string? TextOrNone(byte[] bytes)
    {
        try
        {
            string text = Strict.GetString(bytes);
            return text.Any(letter => char.IsControl(letter) && letter is not ('\t' or '\r' or '\n')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
