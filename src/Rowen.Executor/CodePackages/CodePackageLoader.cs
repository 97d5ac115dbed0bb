using Rowen.Executor.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.CodePackages;

/// <summary>Loads the functions of an unpacked code package.</summary>
internal static class CodePackageLoader
{
    public static IReadOnlyList<LoadedFunction> Load(string folder) =>
        throw new RowenException(ErrorCode.PackageUnusable, $"{folder}: loading is being built by helper 'functions'.");
}
