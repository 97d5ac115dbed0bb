using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;

namespace Rowen.Cli.Benchmarks;

/// <summary>Open MPI's ping-pong and stream on the same cores, where Open MPI is installed.</summary>
internal static class OpenMpi
{
    private static readonly TimeSpan MaxRun = TimeSpan.FromSeconds(60);

    private static readonly (string Name, string[] Arguments)[] Transports =
    [
        ("Open MPI, shared memory", ["--mca", "pml", "ob1", "--mca", "btl", "self,vader"]),
        ("Open MPI, TCP", ["--mca", "pml", "ob1", "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"]),
    ];

    /// <summary>Its rows; one that says what is missing where it is not installed.</summary>
    public static async Task<IReadOnlyList<FabricRow>> MeasureAsync(
        InvokeSettings settings, BenchmarkCores cores, BenchmarkProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            using var program = CompiledProgram.OfOpenMpi(settings.DiskFolder);
            var rows = new List<FabricRow>();
            foreach ((string name, string[] arguments) in Transports)
            {
                progress.Say(name);
                string output = await RunAsync(program, arguments, settings, cores, cancellationToken);
                rows.AddRange(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Read(name, line.Split(' '))));
            }

            return rows;
        }
        catch (Exception exception) when (exception is IOException or Win32Exception)
        {
            return [new FabricRow { Fabric = "Open MPI", Note = $"not measured: {exception.Message}" }];
        }
    }

    private static async Task<string> RunAsync(
        CompiledProgram program, string[] transport, InvokeSettings settings, BenchmarkCores cores, CancellationToken cancellationToken)
    {
        string sizes = string.Join(',', settings.Sizes.Select(Number));
        var start = new ProcessStartInfo(
            "mpirun",
            [
                "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", "2", .. transport, program.Path,
                Number(cores.Caller), Number(cores.Responder), sizes, Number(FabricBenchmark.StreamBytes), "64", "16",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(MaxRun, TimeProvider.System, CancellationToken.None);
        }
        catch (TimeoutException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new IOException($"mpirun did not end within {MaxRun.TotalSeconds} s", exception);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? await output : throw new IOException($"mpirun ended with {process.ExitCode}: {(await errors).Trim()}");
    }

    /// <summary>A line <c>hot BYTES NS</c> or <c>stream BYTES NS</c>.</summary>
    private static FabricRow Read(string name, string[] words)
    {
        double us = double.Parse(words[2], CultureInfo.InvariantCulture) / 1000;
        int bytes = int.Parse(words[1], CultureInfo.InvariantCulture);
        return new FabricRow
        {
            Fabric = name,
            Mode = words[0],
            Bytes = bytes,
            MedianUs = Math.Round(us, 4),
            GigabytesPerSecond = words[0] == "stream" ? Math.Round(bytes / us / 1000, 3) : null,
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
