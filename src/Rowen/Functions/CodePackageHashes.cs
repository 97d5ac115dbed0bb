using System.Collections.Concurrent;
using System.Security.Cryptography;
using Rowen.Protocol.CodePackages;

namespace Rowen.Functions;

/// <summary>Hashes of files that this process has read, so that packing a program again reads only what has changed.</summary>
internal static class CodePackageHashes
{
    /// <summary>Two packages of the largest kind; beyond it everything is forgotten, and read again.</summary>
    private const int MaxCount = 40_000;

    private static readonly ConcurrentDictionary<(string Location, long LengthBytes, long ChangedAt), string> Known = new();

    public static CodePackageFile Hash(CodePackageSource source)
    {
        (string, long, long) key = (source.Location, source.LengthBytes, File.GetLastWriteTimeUtc(source.Location).Ticks);
        if (!Known.TryGetValue(key, out string? hash))
        {
            hash = CodePackageFolder.Hash(source).Sha256;
            if (Known.Count >= MaxCount)
            {
                Known.Clear();
            }

            Known[key] = hash;
        }

        return new CodePackageFile(source.Path, source.LengthBytes, hash, source.IsExecutable);
    }

    /// <summary>The generated list of native functions as a file of its package.</summary>
    public static CodePackageFile HashList(byte[] list) => new(
        CodePackageNames.NativeFunctions, list.Length, Convert.ToHexStringLower(SHA256.HashData(list)), IsExecutable: false);
}
