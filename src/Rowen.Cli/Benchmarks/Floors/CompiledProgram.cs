using System.Diagnostics;
using System.Security.Cryptography;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>A C program from benchmarks/, compiled here and now against this machine's headers, in a folder of its own.</summary>
internal sealed class CompiledProgram : IDisposable
{
    private readonly string _folder;

    private CompiledProgram(string folder) => _folder = folder;

    public string Path => System.IO.Path.Combine(_folder, "program");

    /// <summary>What <c>fi_writedata</c> takes, without Rowen.</summary>
    /// <param name="parentFolder">Where its folder is made.</param>
    /// <exception cref="IOException">It could not be compiled; the message says what to install.</exception>
    public static CompiledProgram OfLibfabric(string parentFolder) => Compile(
        parentFolder, "libfabric-floor.c", "gcc", ["-lfabric"], "Install gcc and libfabric's headers (Debian: apt-get install gcc libc6-dev libfabric-dev).");

    /// <summary>What Open MPI takes.</summary>
    /// <param name="parentFolder">Where its folder is made.</param>
    /// <exception cref="IOException">It could not be compiled; the message says what to install.</exception>
    public static CompiledProgram OfOpenMpi(string parentFolder) => Compile(
        parentFolder, "openmpi-pingpong.c", "mpicc", [], "Install Open MPI (Debian: apt-get install openmpi-bin libopenmpi-dev).");

    private static CompiledProgram Compile(string parentFolder, string resource, string compiler, string[] libraries, string advice)
    {
        string folder = System.IO.Path.Combine(parentFolder, $"floor-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var program = new CompiledProgram(folder);
        try
        {
            program.Build(resource, compiler, libraries, advice);
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Build(string resource, string compiler, string[] libraries, string advice)
    {
        string source = System.IO.Path.Combine(_folder, resource);
        using (Stream text = typeof(CompiledProgram).Assembly.GetManifestResourceStream(resource)!)
        using (FileStream file = File.Create(source))
        {
            text.CopyTo(file);
        }

        var start = new ProcessStartInfo(compiler, ["-O2", "-o", Path, source, .. libraries]) { RedirectStandardError = true };
        start.Environment["TMPDIR"] = _folder;
        try
        {
            Run(start, resource, advice);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new IOException($"The C program {resource} could not be compiled: there is no {compiler}. {advice}", exception);
        }
    }

    private static void Run(ProcessStartInfo start, string resource, string advice)
    {
        using Process process = Process.Start(start)!;
        string complaints = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            string first = complaints.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? complaints;
            throw new IOException($"The C program {resource} could not be compiled: {first.Trim()}. {advice}");
        }
    }
}
