using System.Diagnostics;
using Rowen.IntegrationTests.Cli;
using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>The contract over files, and what only they can meet.</summary>
public sealed class FileStoreTests : ObjectStoreContractTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-objects-").FullName;

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return base.DisposeAsync();
    }

    protected override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(new FileObjectStore(_folder));

    [Fact(Timeout = 120_000)]
    public async Task Full_disk_is_told_leaves_the_older_object_and_nothing_half()
    {
        // A file system of 1 MiB in a mount namespace of its own: it goes with the process, however that ends.
        string program = Path.Combine(AppContext.BaseDirectory, "Rowen.TestExecutor.dll");
        using Process filling = Process.Start(new ProcessStartInfo(
            "unshare", ["--mount", "bash", "-ec", $"mount -t tmpfs -o size=1m none '{_folder}'; exec dotnet '{program}' fill-disk '{_folder}'"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

        Finished finished = await Finished.OfAsync(filling, TimeSpan.FromSeconds(100));

        finished.AssertDone();
        string[] said = finished.Output.TrimEnd().Split('\n');
        Assert.StartsWith($"StoreFailedException: {_folder}/older cannot be written: No space left on device", said[0], StringComparison.Ordinal);
        Assert.Equal(["older: 3 bytes", "files: older"], said[1..]);
    }
}
