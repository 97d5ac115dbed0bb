namespace Rowen.Protocol.CodePackages;

/// <summary>A file that is to become part of a code package.</summary>
/// <param name="Path">Its name in the package; see <see cref="CodePackagePath"/>.</param>
/// <param name="Location">Where it lies on this machine; of a link, where its target lies.</param>
/// <param name="LengthBytes">Its length when it was listed.</param>
/// <param name="IsExecutable">Whether its owner may execute it.</param>
public readonly record struct CodePackageSource(string Path, string Location, long LengthBytes, bool IsExecutable)
{
    /// <summary>Opens the file for reading from its first byte.</summary>
    /// <remarks>What has no length is not opened: a pipe would block for ever, and there is nothing to read.</remarks>
    public Stream OpenRead() => LengthBytes == 0
        ? Stream.Null
        : new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
}
