using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Rowen.Executor.CodePackages;

/// <summary>Where the assemblies of one code package live, by path, until the process ends.</summary>
/// <remarks>
/// Not collectible: code in collectible contexts loads a hundred times slower, and half of the framework keeps such a
/// context alive anyway. What the executor and the package both know (the framework, Rowen) comes from the executor,
/// so that its types are the same on both sides. The rest comes from the package's folder; its .deps.json is asked only
/// where the folder alone does not answer, because that costs milliseconds.
/// </remarks>
internal sealed class CodePackageContext(string folder) : AssemblyLoadContext(Path.GetFileName(folder))
{
    private static readonly string FrameworkFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly string[] NativeFolders =
    [
        string.Empty,
        .. new[] { RuntimeInformation.RuntimeIdentifier, $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "linux", "unix" }
            .Distinct().Select(identifier => Path.Combine("runtimes", identifier, "native")),
    ];

    private readonly bool _hasRuntimeFolder = Directory.Exists(Path.Combine(folder, "runtimes"));
    private AssemblyDependencyResolver[]? _resolvers;

    /// <summary>The unpacked package.</summary>
    public string Folder => folder;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string name = assemblyName.Name!;
        if (IsOfTheExecutor(name) || File.Exists(Path.Combine(FrameworkFolder, name + ".dll")))
        {
            return null;
        }

        string plain = Path.Combine(folder, assemblyName.CultureName ?? string.Empty, name + ".dll");
        string? path = _hasRuntimeFolder ? Resolve(resolver => resolver.ResolveAssemblyToPath(assemblyName)) : null;
        path ??= File.Exists(plain) ? plain : Resolve(resolver => resolver.ResolveAssemblyToPath(assemblyName));
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = Spellings(unmanagedDllName).FirstOrDefault(File.Exists)
            ?? Resolve(resolver => resolver.ResolveUnmanagedDllToPath(unmanagedDllName));
        return path is null ? 0 : NativeLibrary.Load(path);
    }

    /// <summary>Beside the assemblies, or where NuGet packages keep what is made for one kind of machine.</summary>
    private IEnumerable<string> Spellings(string name) =>
        from place in _hasRuntimeFolder ? NativeFolders : [string.Empty]
        from spelling in (string[])[name, $"lib{name}.so", $"{name}.so", $"lib{name}"]
        select Path.Combine(folder, place, spelling);

    private static bool IsOfTheExecutor(string name) => name is "Rowen" or "Rowen.Fabric" or "Rowen.Protocol" or "Rowen.S3"
        or "Microsoft.Extensions.Logging.Abstractions" or "Microsoft.Extensions.DependencyInjection.Abstractions";

    private string? Resolve(Func<AssemblyDependencyResolver, string?> ask)
    {
        _resolvers ??= MakeResolvers();
        foreach (AssemblyDependencyResolver resolver in _resolvers)
        {
            if (ask(resolver) is { } path)
            {
                return path;
            }
        }

        return null;
    }

    private AssemblyDependencyResolver[] MakeResolvers()
    {
        const string suffix = ".deps.json";
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*" + suffix)
                .Select(file => file[..^suffix.Length] + ".dll")
                .Where(File.Exists)
                .Select(file => new AssemblyDependencyResolver(file))];
        }
        catch (InvalidOperationException) // a .deps.json that the host cannot read: the folder alone must do
        {
            return [];
        }
    }
}
