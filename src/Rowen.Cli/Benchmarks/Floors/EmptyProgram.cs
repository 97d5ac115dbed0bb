using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Cli.Roles;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The least that a start of a .NET process can cost: a library whose <c>Main</c> returns at once, written into a
/// folder of its own and run by the same <c>dotnet</c> that runs executors.
/// </summary>
internal sealed class EmptyProgram : IDisposable
{
    private readonly string _folder;
    private readonly string _library;

    public EmptyProgram(string parentFolder)
    {
        _folder = Path.Combine(parentFolder, $"empty-{Environment.ProcessId}");
        _library = Path.Combine(_folder, "empty.dll");
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WriteLibrary(_library);
        File.WriteAllText(Path.Combine(_folder, "empty.runtimeconfig.json"), string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "runtimeOptions": {
                "tfm": "net{{Environment.Version.Major}}.0",
                "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version.Major}}.0.0" },
                "configProperties": { "System.Globalization.Invariant": true }
              }
            }
            """));
    }

    /// <summary>From the start of the process to its end.</summary>
    /// <exception cref="IOException">It could not be run.</exception>
    public double RunOnce()
    {
        long startedAt = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(RowenProgram.DotnetPath, [_library]) { UseShellExecute = false })!;
        process.WaitForExit();
        double elapsedUs = Clock.MicrosecondsSince(startedAt);
        return process.ExitCode == 0
            ? elapsedUs
            : throw new IOException($"The empty program in {_folder} ended with {process.ExitCode} instead of 0.");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void WriteLibrary(string path)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("empty"), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule("empty").DefineType("Empty", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        MethodBuilder main = type.DefineMethod("Main", MethodAttributes.Public | MethodAttributes.Static, typeof(int), []);
        ILGenerator code = main.GetILGenerator();
        code.Emit(OpCodes.Ldc_I4_0);
        code.Emit(OpCodes.Ret);
        _ = type.CreateType();
        MetadataBuilder metadata = assembly.GenerateMetadata(out BlobBuilder il, out BlobBuilder data);
        var image = new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata), il, data,
            entryPoint: MetadataTokens.MethodDefinitionHandle(main.MetadataToken));
        var bytes = new BlobBuilder();
        _ = image.Serialize(bytes);
        using FileStream file = File.Create(path);
        bytes.WriteContentTo(file);
    }
}
