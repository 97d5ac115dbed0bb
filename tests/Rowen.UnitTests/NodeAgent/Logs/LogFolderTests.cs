using Rowen.NodeAgent.Logs;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.NodeAgent.Logs;

public sealed class LogFolderTests : IDisposable
{
    private static readonly LeaseId Lease = new(7);

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-log-test-").FullName;
    private readonly LogFolder _logs;

    public LogFolderTests() => _logs = new LogFolder(_folder, 1024, 2000, TimeSpan.FromDays(1), TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lease_that_printed_nothing_leaves_no_folder_and_an_empty_log()
    {
        _logs.Open(Lease).Dispose();

        Assert.Empty(Directory.EnumerateDirectories(_folder));
        Assert.Empty(_logs.ReadOrNone(Lease, isError: false)!);
    }

    [Fact]
    public void Lease_that_printed_keeps_its_log()
    {
        LeaseLog log = _logs.Open(Lease);
        log.Output.Write("harvest"u8);
        log.Dispose();
        log.Output.Write(" lost"u8); // what comes after its end

        Assert.Equal("harvest"u8.ToArray(), _logs.ReadOrNone(Lease, isError: false)!);
    }

    [Fact]
    public void Folders_may_be_removed_by_many_at_once()
    {
        for (int i = 0; i < 1000; i++)
        {
            Directory.CreateDirectory(Path.Combine(_folder, new LeaseId((ulong)i + 1).ToString()));
        }

        var logs = new LogFolder(_folder, 1024, maxCount: 0, TimeSpan.FromDays(1), TimeProvider.System);

        Parallel.For(0, 8, _ => logs.Prune());

        Assert.Empty(Directory.EnumerateDirectories(_folder));
    }
}
