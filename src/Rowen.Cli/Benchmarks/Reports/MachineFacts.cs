using System.Reflection;
using System.Runtime.InteropServices;
using Rowen.Fabric;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Where, and of what, numbers were measured: without it they say nothing.</summary>
internal sealed record MachineFacts(string Cpu, int Cores, string Kernel, string Dotnet, string Rowen, string Fabrics)
{
    public static MachineFacts Read() => new(
        ReadCpuModel(),
        Environment.ProcessorCount,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        FabricOffer.DescribeMachine());

    private static string ReadCpuModel() => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault(RuntimeInformation.ProcessArchitecture.ToString());
}
