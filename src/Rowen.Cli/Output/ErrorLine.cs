using System.Text;
using Rowen.Protocol;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Output;

/// <summary>How an error is told: one line for people, one JSON object for programs.</summary>
internal static class ErrorLine
{
    private const int MaxLength = 2_000;

    /// <summary>The line.</summary>
    /// <param name="verb">The verb as it is typed.</param>
    /// <param name="error">What happened.</param>
    /// <param name="isJson">Whether a program reads it.</param>
    public static string Of(string verb, ErrorAnswer error, bool isJson) => isJson
        ? Encoding.UTF8.GetString(ProtocolJson.Write(error with { Message = OneLine(error.Message) }))
        : $"{verb}: {OneLine(error.Message)} [{error.Code}]";

    /// <summary>Whatever an exception says, as one sentence after the other.</summary>
    public static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = new string([.. line.Where(letter => !char.IsControl(letter))]); // functions choose words: they must not move a terminal's cursor
        return line.Length <= MaxLength ? line : $"{line[..MaxLength]} …";
    }
}
