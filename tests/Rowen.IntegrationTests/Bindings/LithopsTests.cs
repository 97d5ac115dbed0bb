using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>The back ends for Lithops on a real cluster, installed from their wheel beside a stand-in of Lithops. With Lithops itself: bindings/lithops/tests/real.sh.</summary>
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
}
