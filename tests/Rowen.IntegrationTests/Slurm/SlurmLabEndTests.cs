using System.Diagnostics;
using System.Globalization;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>Nothing of a laboratory outlives it, however it ends.</summary>
[Collection(SharedSlurm.Name)] // which has installed what it needs
public sealed class SlurmLabEndTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>Beside one another, and not beside the laboratory that other tests use.</summary>
    private readonly string _parent;

    public SlurmLabEndTests(SlurmLab lab) => _parent = $"{lab.Folder}-ends";

    public void Dispose()
    {
        if (Directory.Exists(_parent))
        {
            Directory.Delete(_parent, recursive: true);
        }
    }

    [Fact(Timeout = 600_000)]
    public async Task Killed_laboratory_leaves_a_folder_that_the_next_one_removes()
    {
        using Process killed = await StartAsync("killed");
        Assert.NotEmpty(ProcessesOf("killed"));
        killed.Kill(); // as kill -9, and it alone
        await Until.TrueAsync(() => ProcessesOf("killed").Length == 0, Bound, "its processes end with it");
        await Until.TrueAsync(() => !HasLink(killed.Id), Bound, "its network ends with it");
        Assert.True(Directory.Exists(Path.Combine(_parent, "killed")));

        using Process next = await StartAsync("next");
        Assert.False(Directory.Exists(Path.Combine(_parent, "killed")));
        using Process third = await StartAsync("third");
        Assert.True(Directory.Exists(Path.Combine(_parent, "next"))); // its owner lives

        foreach (Process lab in (Process[])[next, third])
        {
            lab.StandardInput.Close();
            await lab.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
            Assert.False(HasLink(lab.Id));
        }

        Assert.Empty(ProcessesOf(string.Empty));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_parent));
    }

    private static bool HasLink(int script) => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/sys/class/net/rwl{script}"));

    private async Task<Process> StartAsync(string name)
    {
        Process script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "build", "slurm-lab.sh"), [Path.Combine(_parent, name), "1"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string? line = await script.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        return script;
    }

    /// <summary>Processes that have something to do with it, by their arguments.</summary>
    private string[] ProcessesOf(string name) => [.. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])).Select(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (IOException)
        {
            return string.Empty; // it has ended meanwhile
        }
    }).Where(arguments => arguments.Contains(Path.Combine(_parent, name), StringComparison.Ordinal))];
}
