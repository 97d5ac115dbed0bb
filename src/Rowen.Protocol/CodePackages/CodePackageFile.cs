namespace Rowen.Protocol.CodePackages;

/// <summary>One file of a code package, as its manifest names it.</summary>
/// <param name="Path">Relative to the package's folder, with <c>/</c> between folders; see <see cref="CodePackagePath"/>.</param>
/// <param name="LengthBytes">Length of the file.</param>
/// <param name="Sha256">SHA-256 of its bytes, as 64 lower-case hexadecimal digits.</param>
/// <param name="IsExecutable">Whether its owner may execute it.</param>
public readonly record struct CodePackageFile(string Path, long LengthBytes, string Sha256, bool IsExecutable);
