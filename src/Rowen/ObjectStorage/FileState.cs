using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rowen.ObjectStorage;

/// <summary>What changes when a file is written: its version, as far as a file has one.</summary>
internal readonly record struct FileState(DateTime ChangedAt, long LengthBytes)
{
    /// <summary>The same for a <see cref="StoredObject"/>.</summary>
    public string Version => string.Create(CultureInfo.InvariantCulture, $"{ChangedAt.Ticks:x}-{LengthBytes:x}");

    public static FileState Of(SafeFileHandle file) => new(File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
}
