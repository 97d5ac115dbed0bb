using Microsoft.Extensions.Logging.Abstractions;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Auditing;
using Rowen.Testing;

namespace Rowen.UnitTests.ResourceManager.Auditing;

public sealed class AuditLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-audit-").FullName;
    private readonly ManualTimeProvider _time = new();

    private string Path => System.IO.Path.Combine(_folder, "audit.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Entries_come_back_in_order_with_their_time_and_are_for_their_owner_alone()
    {
        using AuditLog log = Open();
        log.Write(Granted(1));
        DateTimeOffset later = _time.GetUtcNow() + TimeSpan.FromMinutes(5);
        _time.Advance(TimeSpan.FromMinutes(5));
        log.Write(Granted(2));

        Assert.Equal([1, 2], Numbers(log.Read(DateTimeOffset.MinValue)));
        AuditEntry second = Assert.Single(log.Read(later));
        Assert.Equal(Granted(2) with { At = later }, second);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Full_file_is_followed_by_the_next_and_the_oldest_goes()
    {
        using AuditLog log = Open(maxFileBytes: 400, maxOldFiles: 2);
        for (ulong lease = 1; lease <= 40; lease++)
        {
            log.Write(Granted(lease));
        }

        IReadOnlyList<ulong> kept = Numbers(log.Read(DateTimeOffset.MinValue));
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
        Assert.All(Directory.GetFiles(_folder), file => Assert.InRange(new FileInfo(file).Length, 1, 400));
        Assert.Equal(40ul, kept[^1]);
        Assert.Equal(Enumerable.Range(0, kept.Count).Select(back => 40ul - (ulong)back).Reverse(), kept);
    }

    [Fact]
    public void Half_a_line_of_a_manager_that_was_killed_costs_that_line_alone()
    {
        using (AuditLog before = Open())
        {
            before.Write(Granted(1));
        }

        File.AppendAllText(Path, "{\"at\":\"20");
        using AuditLog log = Open();
        log.Write(Granted(2));

        Assert.Equal([1, 2], Numbers(log.Read(DateTimeOffset.MinValue)));
    }

    [Fact]
    public void What_cannot_be_written_stops_nothing_and_is_counted()
    {
        string folder = System.IO.Path.Combine(_folder, "later");
        using var log = new AuditLog(System.IO.Path.Combine(folder, "audit.jsonl"), new AuditOptions(), _time, NullLogger<AuditLog>.Instance);
        log.Write(Granted(1));
        log.Write(Granted(2));
        Directory.CreateDirectory(folder);
        log.Write(Granted(3));

        AuditEntry[] entries = log.Read(DateTimeOffset.MinValue);
        Assert.Equal([AuditEvent.EntriesLost, AuditEvent.LeaseGranted], entries.Select(entry => entry.Event));
        Assert.Equal("2 entries could not be written", entries[0].What);
    }

    private static AuditEntry Granted(ulong lease) =>
        new() { Event = AuditEvent.LeaseGranted, User = "ada", Account = "physics", Lease = new LeaseId(lease), Node = new NodeId(1), Job = "17", What = "1 core" };

    private static IReadOnlyList<ulong> Numbers(IEnumerable<AuditEntry> entries) => [.. entries.Select(entry => entry.Lease!.Value.Value)];

    private AuditLog Open(long maxFileBytes = 1 << 20, int maxOldFiles = 4) =>
        new(Path, new AuditOptions { MaxFileBytes = maxFileBytes, MaxOldFiles = maxOldFiles }, _time, NullLogger<AuditLog>.Instance);
}
