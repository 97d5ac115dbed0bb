using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.ObjectStorage;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>The Python package on a real cluster: its own tests, with Debian's interpreter and its numpy, and as a wheel in environments that have nothing else.</summary>
[Collection(SharedNativeLibrary.Name)]
public sealed class PythonTests(NativeLibrary library)
{
    private const string Debians = "/usr/bin/python3"; // whose numpy and cloudpickle ./test installs

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Tests_of_the_package_pass()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        S3Server s3 = await S3Server.GetAsync();
        await WriteStoresAsync(redis, s3);
        string stores = $"ROWEN_REDIS={redis.Uri} ROWEN_S3=s3://{await s3.MakeBucketAsync()}/crop";

        Finished run = await TestAsync(Debians, $"PYTHONPATH={NativeLibrary.Source("python")} ROWEN_NATIVE={Path.Combine(library.Folder, "lib")} {stores}");

        run.AssertDone();
        Assert.Matches(@"Ran [1-9]\d+ tests", run.Error);
        Assert.Matches(@"\nOK\n$", run.Error); // and none was skipped
    }

    /// <summary>The oldest version that is meant to do and the newest, of those that are here; and without cloudpickle, numpy and a variable that says where librowen is.</summary>
    [Fact]
    public async Task Wheel_is_all_that_an_environment_needs()
    {
        const string install = "\"$1\" -m venv \"$2\" && \"$2/bin/pip\" install --quiet --no-index --disable-pip-version-check \"$3\"";
        Finished release = await library.Home.RunAsync(Bound, Path.Combine(Repository.Root, "build", "release.sh"), library.Home.Folder("dist"));
        release.AssertDone();
        string wheel = release.Output.Trim().Split('\n')[^1];

        foreach (string python in OldestAndNewest())
        {
            string environment = Path.Combine(library.Home.Folder("environments"), Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(python))!));
            (await library.Home.RunAsync(Bound, "sh", "-c", install, "install", python, environment, wheel)).AssertDone();

            Finished run = await TestAsync(Path.Combine(environment, "bin", "python"), "-u PYTHONPATH", "test_maps test_leases test_native");

            run.AssertDone();
            Assert.Matches(@"Ran [1-9]\d+ tests", run.Error);
        }
    }

    private static string[] OldestAndNewest()
    {
        string versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        string[] found = Directory.Exists(versions)
            ? [.. Directory.GetDirectories(versions)
                .Where(folder => Version.TryParse(Path.GetFileName(folder), out Version? version) && version >= new Version(3, 9) && Directory.EnumerateFiles(Path.Combine(folder, "lib"), "libpython3*.so.*").Any())
                .OrderBy(folder => Version.Parse(Path.GetFileName(folder)))
                .Select(folder => Path.Combine(folder, "bin", "python3"))]
            : [];
        return found.Length > 1 ? [found[0], found[^1]] : found.Length == 1 ? found : [Debians];
    }

    private Task<Finished> TestAsync(string python, string environment, string tests = "")
    {
        const string script = "cd \"$1\" && exec env $3 PYTHONDONTWRITEBYTECODE=1 ROWEN_PROGRAM=\"$4\" \"$2\" -m unittest $5";
        return library.Home.RunAsync(Bound, "sh", "-c", script, "python", NativeLibrary.Source("python/tests"), python, environment, Repository.Rowen, tests);
    }

    private async Task WriteStoresAsync(RedisServer redis, S3Server s3)
    {
        string path = Path.Combine(library.Home.Home, ".rowen", "stores.json");
        object[] stores =
        [
            new { uri = redis.Uri, password = redis.Password },
            new { uri = "s3://", endpoint = s3.Endpoint, accessKey = s3.AccessKey, secretKey = s3.SecretKey },
        ];
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { stores }));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
