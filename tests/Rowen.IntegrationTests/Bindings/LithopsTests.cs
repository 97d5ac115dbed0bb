using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>The back ends for Lithops on a real cluster, installed from their wheel beside a stand-in of Lithops.</summary>
public sealed class LithopsTests(NativeLibrary library) : IClassFixture<NativeLibrary>
{
    [Fact]
    public async Task Tests_of_the_package_pass()
    {
        const string script = "ROWEN_NATIVE=\"$2\" exec \"$1\"";

        Finished run = await library.Home.RunAsync(
            TimeSpan.FromMinutes(5), "sh", "-c", script, "lithops", NativeLibrary.Source("lithops/tests/run.sh"), Path.Combine(library.Folder, "lib"));

        run.AssertDone();
        Assert.Matches(@"Ran [1-9]\d+ tests", run.Error);
    }

    /// <summary>Lithops is no part of this project, and CI has none: whoever has its sources names them.</summary>
    [Fact]
    public async Task Tests_of_Lithops_itself_pass_where_its_sources_are_named()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ROWEN_LITHOPS") is { Length: > 0 }, "ROWEN_LITHOPS does not name a source tree of Lithops.");

        Finished run = await library.Home.RunAsync(TimeSpan.FromMinutes(20), NativeLibrary.Source("lithops/tests/real.sh"));

        run.AssertDone();
        Assert.Matches(@"(3[89]|[4-9]\d|\d{3}) passed", run.Output);
    }
}
