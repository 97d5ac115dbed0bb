using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Code packages with functions that do nothing, and one that sleeps. Written when needed, into a folder of their own.</summary>
internal sealed class MapPackages : IDisposable
{
    /// <summary>Packages of the mix.</summary>
    public const int PackageCount = 4;

    /// <summary>Functions of each.</summary>
    public const int FunctionCount = 25;

    /// <summary>Sleeps as many milliseconds as its input says, and returns it.</summary>
    public const string Pause = "Pause";

    private readonly string _folder;

    public MapPackages(string parentFolder)
    {
        _folder = Path.Combine(parentFolder, string.Create(CultureInfo.InvariantCulture, $"maps-{Environment.ProcessId}"));
        All = [.. Enumerable.Range(0, PackageCount).Select(Write)];
    }

    public IReadOnlyList<CodePackage> All { get; }

    /// <summary>Name of a function that returns its input.</summary>
    public static string NameOf(int package, int function) => string.Create(CultureInfo.InvariantCulture, $"Same{package}x{function}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CodePackage Write(int package)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"Maps{package}");
        string folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        const TypeAttributes staticClass = TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed;
        TypeBuilder type = assembly.DefineDynamicModule(name).DefineType(name, staticClass);
        for (int function = 0; function < FunctionCount; function++)
        {
            EmitSame(Define(type, NameOf(package, function)));
        }

        EmitPause(Define(type, Pause));
        _ = type.CreateType();
        assembly.Save(Path.Combine(folder, name + ".dll"));
        return CodePackage.FromFolder(folder);
    }

    private static ILGenerator Define(TypeBuilder type, string name)
    {
        MethodBuilder method = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(int), [typeof(int)]);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(FunctionAttribute).GetConstructor([])!, []));
        return method.GetILGenerator();
    }

    private static void EmitSame(ILGenerator code)
    {
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ret);
    }

    private static void EmitPause(ILGenerator code)
    {
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Thread).GetMethod(nameof(Thread.Sleep), [typeof(int)])!);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ret);
    }
}
