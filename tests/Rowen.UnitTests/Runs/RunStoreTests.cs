using Rowen.Runs;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Runs;

public sealed class RunStoreTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder _folder = new();

    private RunStore Store => new(System.IO.Path.Combine(_folder.Path, "a", "runs"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_are_numbered_and_private()
    {
        using StoredRun first = Store.Create(new RunDescription());
        using StoredRun second = Store.Create(new RunDescription());

        Assert.Equal(["R1", "R2"], Store.List());
        Assert.Equal(("R1", "R2"), (first.Name, second.Name));
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Store.Folder) & others);
        Assert.All(Directory.EnumerateFiles(first.Folder), file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & others));
    }

    [Fact]
    public void Run_is_seen_to_run_until_it_ends()
    {
        StoredRun run = Store.Create(new RunDescription());

        Assert.True(RunStore.IsRunning(run.Folder));
        run.Dispose();
        Assert.False(RunStore.IsRunning(run.Folder));
    }

    [Fact]
    public void What_is_old_or_too_much_goes_but_not_what_runs_nor_the_latest()
    {
        StoredRun running = Store.Create(new RunDescription());
        for (int i = 0; i < 3; i++)
        {
            Store.Create(new RunDescription()).Dispose();
        }

        foreach (string name in Store.List())
        {
            string log = System.IO.Path.Combine(Store.Find(name), StoredRun.LogName);
            File.SetLastWriteTimeUtc(log, name == "R3" ? Noon.UtcDateTime : Noon.AddDays(-31).UtcDateTime);
        }

        Store.Prune(Noon, TimeSpan.FromDays(30), maxBytes: long.MaxValue);
        Assert.Equal(["R1", "R3", "R4"], Store.List());
        Store.Prune(Noon, TimeSpan.FromDays(30), maxBytes: 1);
        Assert.Equal(["R1", "R4"], Store.List());
        running.Dispose();
    }

    [Theory]
    [InlineData("R1", true)]
    [InlineData("R01", false)]
    [InlineData("R", false)]
    [InlineData("L1", false)]
    [InlineData("R1/..", false)]
    public void Names_of_runs_are_told_from_others(string text, bool isName) => Assert.Equal(isName, RunStore.IsName(text));
}
