using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Clusters;

/// <summary>
/// A code package with one function that sleeps as many tenths of a second as its first input byte says. Written when
/// needed: no sample should have such a function.
/// </summary>
internal sealed class PausePackage : IDisposable
{
    public const string FunctionName = "Pause";
    public const byte Longest = 50; // five seconds

    private readonly string _folder;

    public PausePackage(string parentFolder)
    {
        _folder = Path.Combine(parentFolder, string.Create(CultureInfo.InvariantCulture, $"pause-{Environment.ProcessId}"));
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WriteLibrary(Path.Combine(_folder, "Pauses.dll"));
        Code = CodePackage.FromFolder(_folder);
    }

    public CodePackage Code { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void WriteLibrary(string path)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Pauses"), typeof(object).Assembly);
        const TypeAttributes staticClass = TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed;
        TypeBuilder type = assembly.DefineDynamicModule("Pauses").DefineType("Pauses", staticClass);
        MethodBuilder pause = type.DefineMethod(
            FunctionName, MethodAttributes.Public | MethodAttributes.Static, typeof(int), [typeof(ReadOnlySpan<byte>), typeof(Span<byte>)]);
        pause.SetCustomAttribute(new CustomAttributeBuilder(typeof(FunctionAttribute).GetConstructor([])!, []));
        Emit(pause.GetILGenerator());
        _ = type.CreateType();
        assembly.Save(path);
    }

    /// <summary><c>Thread.Sleep(input[0] * 100); return 0;</c></summary>
    private static void Emit(ILGenerator code)
    {
        code.Emit(OpCodes.Ldarga_S, (byte)0);
        code.Emit(OpCodes.Ldc_I4_0);
        code.Emit(OpCodes.Call, typeof(ReadOnlySpan<byte>).GetMethod("get_Item")!);
        code.Emit(OpCodes.Ldind_U1);
        code.Emit(OpCodes.Ldc_I4_S, (sbyte)100);
        code.Emit(OpCodes.Mul);
        code.Emit(OpCodes.Call, typeof(Thread).GetMethod(nameof(Thread.Sleep), [typeof(int)])!);
        code.Emit(OpCodes.Ldc_I4_0);
        code.Emit(OpCodes.Ret);
    }
}
