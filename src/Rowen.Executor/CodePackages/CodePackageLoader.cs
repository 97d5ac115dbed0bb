using System.Reflection;
using System.Runtime.InteropServices;
using Rowen.Executor.Functions;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.CodePackages;

/// <summary>Loads the functions of an unpacked code package.</summary>
/// <remarks>
/// .NET functions are the methods marked <c>[Function]</c> of the assemblies that lie directly in the folder; native ones
/// are those that <c>rowen.functions</c> names. A method of a form that cannot be called is loaded as a function that
/// refuses each call with the reason, and spoils no other.
/// </remarks>
internal static class CodePackageLoader
{
    /// <exception cref="RowenException"><see cref="ErrorCode.PackageUnusable"/>, with the file and the reason.</exception>
    public static IReadOnlyList<LoadedFunction> Load(string folder) => Load(new CodePackageContext(folder));

    /// <summary>Loads into a given context.</summary>
    /// <returns>May be empty if there is an assembly: its lambdas may be functions.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.PackageUnusable"/>, with the file and the reason.</exception>
    public static IReadOnlyList<LoadedFunction> Load(CodePackageContext context)
    {
        string folder = context.Folder;
        var functions = new List<LoadedFunction>();
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        bool hasAssembly = LoadDotnet(context, functions, origins);
        LoadNative(folder, functions, origins);
        return functions.Count > 0 || hasAssembly
            ? functions
            : throw new RowenException(
                ErrorCode.PackageUnusable,
                "The code package holds no function: no static method marked [Function] in the assemblies of its folder, "
                + $"and no {CodePackageNames.NativeFunctions}.");
    }

    private static bool LoadDotnet(CodePackageContext context, List<LoadedFunction> functions, Dictionary<string, string> origins)
    {
        bool hasAssembly = false;
        var found = new List<FoundFunction>();
        foreach (string path in Directory.EnumerateFiles(context.Folder, "*.dll"))
        {
            Try(path, () => hasAssembly |= FunctionScan.Scan(path, found));
        }

        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name)); // the same numbers wherever the package is loaded
        foreach (FoundFunction function in found)
        {
            Claim(origins, function.Name, function.Method);
            Try(function.AssemblyPath, () => functions.Add(Bind(context, function)));
        }

        return hasAssembly;
    }

    private static LoadedFunction Bind(CodePackageContext context, FoundFunction function)
    {
        Assembly assembly = context.LoadFromAssemblyPath(function.AssemblyPath);
        return DotnetFunction.Bind(function, assembly.ManifestModule);
    }

    private static void LoadNative(string folder, List<LoadedFunction> functions, Dictionary<string, string> origins)
    {
        string list = Path.Combine(folder, CodePackageNames.NativeFunctions);
        if (!File.Exists(list))
        {
            return;
        }

        foreach ((string library, string[] names) in NativeFunctionList.Parse(File.ReadAllText(list)))
        {
            nint handle = 0;
            string path = Path.Combine(folder, library);
            Try(path, () => handle = NativeLibrary.Load(path));
            foreach (string name in names)
            {
                Claim(origins, name, $"{library}: {name}");
                _ = NativeLibrary.TryGetExport(handle, name + NativeFunction.ResultSuffix, out nint result);
                functions.Add(NativeLibrary.TryGetExport(handle, name, out nint address)
                    ? new NativeFunction(name, address, result)
                    : throw new RowenException(
                        ErrorCode.PackageUnusable,
                        $"The library {library} exports no symbol {name}. In C++ it must be declared extern \"C\"."));
            }
        }
    }

    private static void Claim(Dictionary<string, string> origins, string name, string origin)
    {
        if (name.Length is 0 or > 200)
        {
            throw new RowenException(ErrorCode.PackageUnusable, $"The function's name of {origin} has {name.Length} characters, not 1 to 200.");
        }

        if (!origins.TryAdd(name, origin))
        {
            throw new RowenException(
                ErrorCode.PackageUnusable,
                $"Two functions are named '{name}': {origins[name]} and {origin}. Give one another name: [Function(\"…\")].");
        }
    }

    private static void Try(string path, Action load)
    {
        try
        {
            load();
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException or UnauthorizedAccessException
            or DllNotFoundException or TypeLoadException)
        {
            throw new RowenException(
                ErrorCode.PackageUnusable, $"{Path.GetFileName(path)} of the code package cannot be loaded: {exception.Message}", exception);
        }
    }
}
