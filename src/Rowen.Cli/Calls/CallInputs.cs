using Rowen.Cli.Output;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Calls;

/// <summary>Reads what a function is called with.</summary>
internal static class CallInputs
{
    private const long MaxInputBytes = 1L << 30;
    private const int PartBytes = 1 << 20;

    /// <summary>Texts first, then files; one input of nothing if there is neither.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: a file cannot be read.</exception>
    public static async Task<IReadOnlyList<CallInput>> ReadAsync(
        IEnumerable<string> texts, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        List<CallInput> inputs = [.. texts.Select(text => new CallInput { Text = text })];
        foreach (string file in files)
        {
            inputs.Add(new CallInput { Bytes = await (file == "-" ? ReadStandardInputAsync(cancellationToken) : ReadFileAsync(file, cancellationToken)) });
        }

        return inputs.Count > 0 ? inputs : [CallInput.None];
    }

    private static async Task<byte[]> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream input = File.OpenRead(file);
            return await ReadAsync(input, file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string why = file.Length == 0 ? "its name is empty"
                : Directory.Exists(file) ? "it is a folder"
                : File.Exists(file) ? exception.Message
                : "there is no such file";
            throw new RowenException(
                ErrorCode.BadRequest, $"The input '{file}' cannot be read: {why}. Give --input-file a file, or - for standard input.", exception);
        }
    }

    private static async Task<byte[]> ReadStandardInputAsync(CancellationToken cancellationToken)
    {
        await using Stream input = Console.OpenStandardInput();
        return await ReadAsync(input, "standard input", cancellationToken);
    }

    /// <summary>An input without an end must not take this machine's memory before it is refused.</summary>
    private static async Task<byte[]> ReadAsync(Stream input, string name, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        byte[] part = new byte[PartBytes];
        int count;
        while ((count = await input.ReadAsync(part, cancellationToken)) > 0)
        {
            if (bytes.Length + count > MaxInputBytes)
            {
                throw new RowenException(
                    ErrorCode.BadRequest,
                    $"The input '{name}' has more than {Units.Bytes(MaxInputBytes)}, and `rowen call` sends no more; a program that uses Rowen's client may.");
            }

            await bytes.WriteAsync(part.AsMemory(0, count), cancellationToken);
        }

        return bytes.ToArray();
    }
}
