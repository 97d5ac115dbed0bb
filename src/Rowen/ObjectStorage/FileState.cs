using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.ObjectStorage;

/// <summary>What changes when a file is written: its version, as far as a file has one.</summary>
internal readonly record struct FileState(long WrittenTicks, long LengthBytes)
{
    /// <summary>The same for a <see cref="StoredObject"/>.</summary>
    public string Version => string.Create(CultureInfo.InvariantCulture, $"{WrittenTicks:x}-{LengthBytes:x}");

    public static FileState Of(SafeFileHandle file) => FileStatus.OfOrNone(file) is { } status
        ? new FileState(status.WrittenTicks, status.LengthBytes)
        : new FileState(File.GetLastWriteTimeUtc(file).Ticks, RandomAccess.GetLength(file));
}
