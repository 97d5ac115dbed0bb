using System.Text;

namespace Rowen.Cli.Calls;

/// <summary>Reads what a function is called with.</summary>
internal static class CallInputs
{
    /// <summary>Texts first, then files; one empty input if there is neither.</summary>
    public static async Task<IReadOnlyList<byte[]>> ReadAsync(
        IEnumerable<string> texts, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        List<byte[]> inputs = [.. texts.Select(Encoding.UTF8.GetBytes)];
        foreach (string file in files)
        {
            inputs.Add(file == "-" ? await ReadStandardInputAsync(cancellationToken) : await File.ReadAllBytesAsync(file, cancellationToken));
        }

        return inputs.Count > 0 ? inputs : [[]];
    }

    private static async Task<byte[]> ReadStandardInputAsync(CancellationToken cancellationToken)
    {
        await using Stream input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        await input.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }
}
