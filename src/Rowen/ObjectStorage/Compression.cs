using System.IO.Compression;

namespace Rowen.ObjectStorage;

/// <summary>Objects that are compressed, by their names: nobody can begin to read them in the middle.</summary>
internal static class Compression
{
    private static readonly string[] Unreadable = [".zst", ".bz2", ".xz", ".lz4", ".lzma", ".zip", ".7z"];

    /// <summary>Whether an object is one part, whatever its size is.</summary>
    public static bool IsWhole(string name, Records records) => records != Records.Bytes && (IsReadable(name) || UnreadableOrNone(name) is not null);

    /// <exception cref="IOException">Records are wanted of what cannot be decompressed here.</exception>
    public static void Check(string name, Records records)
    {
        if (records != Records.Bytes && UnreadableOrNone(name) is { } ending)
        {
            throw new IOException(
                $"'{name}' has no records that can be read here: {ending} is not decompressed, only .gz and .br are. Decompress it, keep it as .gz, or take it as Records.Bytes and decompress it in the function.");
        }
    }

    /// <summary>What was compressed, if it was.</summary>
    /// <param name="content">The object; disposed with the result.</param>
    /// <param name="name">Its name.</param>
    public static Stream Open(Stream content, string name) =>
        Ends(name, ".gz") ? new GZipStream(content, CompressionMode.Decompress)
        : Ends(name, ".br") ? new BrotliStream(content, CompressionMode.Decompress)
        : content;

    private static bool IsReadable(string name) => Ends(name, ".gz") || Ends(name, ".br");

    private static string? UnreadableOrNone(string name) => Unreadable.FirstOrDefault(ending => Ends(name, ending));

    private static bool Ends(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
