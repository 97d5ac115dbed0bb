using System.Diagnostics;

namespace Rowen.Functions.ReadyToRun;

/// <summary>The SDK's ahead-of-time compiler.</summary>
/// <param name="Program">Its file.</param>
/// <param name="Version">Its version.</param>
internal sealed record Crossgen(string Program, Version Version)
{
    /// <summary>What NuGet calls it. Executors run on x64 alone.</summary>
    public const string PackageName = "microsoft.netcore.app.crossgen2.linux-x64";

    /// <summary>Half a second is usual, and a few for the largest assemblies.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    /// <summary>Compiles one assembly.</summary>
    /// <param name="source">The assembly.</param>
    /// <param name="target">The file to write; beside it, what the compiler is told.</param>
    /// <param name="references">All that it may be compiled against; of two with one name, the first counts.</param>
    /// <param name="cancellationToken">Ends the compiler.</param>
    /// <returns>Why it could not; null if it did.</returns>
    public async Task<string?> CompileAsync(string source, string target, IEnumerable<string> references, CancellationToken cancellationToken)
    {
        string told = target + ".rsp"; // as a file: references are more than a command line holds
        IEnumerable<string> lines =
        [
            $"\"{source}\"", $"-o:\"{target}\"", "--targetos:linux", "--targetarch:x64", "-O",
            .. references.DistinctBy(Path.GetFileName).Select(reference => $"-r:\"{reference}\""),
        ];
        await File.WriteAllLinesAsync(told, lines, cancellationToken).ConfigureAwait(false);
        (int exitCode, string said) = await BoundedProcess.RunAsync(new ProcessStartInfo(Program, [$"@{told}"]), Bound, cancellationToken).ConfigureAwait(false);
        File.Delete(told);
        return exitCode == 0 && File.Exists(target) ? null : said;
    }
}
