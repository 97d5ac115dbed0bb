using System.Diagnostics;
using Rowen.Functions;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Functions;

/// <summary>Native libraries in the folders of NuGet packages travel with the code that calls them.</summary>
public sealed class NativeLayoutTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rowen-test-");

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = 120_000)]
    public async Task Library_under_runtimes_is_found_there()
    {
        string native = Path.Combine(_folder.FullName, "runtimes", "linux-x64", "native");
        Directory.CreateDirectory(native);
        File.Copy(Path.Combine(TestPackage.Folder, "Rowen.TestFunctions.dll"), Path.Combine(_folder.FullName, "Rowen.TestFunctions.dll"));
        await CompileAsync("int layered_triple(int number) { return 3 * number; }", Path.Combine(native, "liblayered.so"));

        await using Lease lease = await cluster.Client.LeaseAsync(
            new LeaseRequest { Code = CodePackage.FromFolder(_folder.FullName) }, Bound);

        Assert.Equal(21, await lease.Function<int, int>(Layered.Triple).InvokeAsync(7, cancellationToken: Bound));
    }

    private static async Task CompileAsync(string source, string library)
    {
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-x", "c", "-o", library, "-"]) { RedirectStandardInput = true };
        using Process compiler = Process.Start(start)!;
        await compiler.StandardInput.WriteAsync(source.AsMemory(), Bound);
        compiler.StandardInput.Close();
        await compiler.WaitForExitAsync(Bound);
        Assert.Equal(0, compiler.ExitCode);
    }
}
