using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>The Python package on a real cluster: its own tests, with the interpreter of the machine.</summary>
[Collection(SharedNativeLibrary.Name)]
public sealed class PythonTests(NativeLibrary library)
{
    [Fact]
    public async Task Tests_of_the_package_pass()
    {
        const string script = "cd \"$1\" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=.. ROWEN_NATIVE=\"$2\" exec python3 -m unittest";

        Finished run = await library.Home.RunAsync(
            TimeSpan.FromMinutes(5), "sh", "-c", script, "python", NativeLibrary.Source("python/tests"), Path.Combine(library.Folder, "lib"));

        run.AssertDone();
        Assert.Matches(@"Ran [1-9]\d+ tests", run.Error);
    }
}
