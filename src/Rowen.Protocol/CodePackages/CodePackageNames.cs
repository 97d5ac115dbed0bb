namespace Rowen.Protocol.CodePackages;

/// <summary>Files of a code package that mean something to an executor.</summary>
public static class CodePackageNames
{
    /// <summary>
    /// Names the native functions: lines such as <c>native libfoo.so: f, g</c>; lines that begin with <c>#</c> and empty
    /// ones are skipped.
    /// </summary>
    public const string NativeFunctions = "rowen.functions";
}
