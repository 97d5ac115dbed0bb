using System.Text;
using Rowen.NodeAgent.Logs;
using Rowen.Protocol.Identifiers;
using Rowen.Testing;

namespace Rowen.UnitTests.NodeAgent.Logs;

public sealed class StreamLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-log-test-").FullName;

    private string File => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Short_output_is_kept_whole()
    {
        using var log = new StreamLog(File, 100);

        log.Write("one\ntwo\n"u8);

        Assert.Equal("one\ntwo\n", Read());
    }

    [Fact]
    public void Output_of_exactly_the_bound_is_kept_whole()
    {
        using var log = new StreamLog(File, 8);

        log.Write("1234567\n"u8);

        Assert.Equal("1234567\n", Read());
    }

    [Fact]
    public void Newest_bytes_stay_and_a_first_line_counts_the_rest()
    {
        using var log = new StreamLog(File, 20);

        for (int i = 0; i < 10; i++)
        {
            log.Write(Encoding.ASCII.GetBytes($"line {i}\n")); // 7 bytes each, halves of 10
        }

        Assert.Equal("[rowen: the first 50 bytes were dropped; the newest are kept]\nline 8\nline 9\n", Read());
        Assert.Equal(20, Directory.EnumerateFiles(_folder).Sum(file => new FileInfo(file).Length));
    }

    [Fact]
    public void One_huge_write_is_bounded_too()
    {
        using var log = new StreamLog(File, 1000);

        log.Write(new byte[1_000_000]);

        Assert.Equal(1000, Directory.EnumerateFiles(_folder).Sum(file => new FileInfo(file).Length));
        Assert.StartsWith("[rowen: the first 999000 bytes were dropped", Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_printed_reads_as_nothing() => Assert.Empty(StreamLog.Read(File));

    [Fact]
    public void Log_of_a_lease_is_readable_by_this_user_only()
    {
        LogFolder logs = Open(maxCount: 10);
        using LeaseLog log = logs.Open(new LeaseId(7));

        log.Error.Write("oh"u8);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Path.Combine(_folder, "L7", "err")).UnixFileMode);
        Assert.Equal("oh"u8.ToArray(), logs.ReadOrNone(new LeaseId(7), isError: true));
        Assert.Null(logs.ReadOrNone(new LeaseId(8), isError: true));
    }

    [Fact]
    public void Oldest_logs_make_room()
    {
        LogFolder logs = Open(maxCount: 3);

        for (ulong lease = 1; lease <= 5; lease++)
        {
            Print(logs, lease);
            Directory.SetLastWriteTimeUtc(
                Path.Combine(_folder, $"L{lease}"), new DateTime(2030, 1, 1, 0, 0, (int)lease, DateTimeKind.Utc));
        }

        logs.Prune();

        Assert.Equal(["L3", "L4", "L5"], Directory.EnumerateDirectories(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Log_that_is_still_written_makes_no_room()
    {
        LogFolder logs = Open(maxCount: 1);
        using LeaseLog first = logs.Open(new LeaseId(1));
        first.Output.Write("x"u8);
        Print(logs, 2);
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder, "L1"), new DateTime(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder, "L2"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        logs.Prune();

        Assert.Equal(["L1", "L2"], Directory.EnumerateDirectories(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Lease_that_printed_nothing_takes_no_place_of_a_log()
    {
        LogFolder logs = Open(maxCount: 2);
        Print(logs, 1);
        logs.Open(new LeaseId(2)).Dispose();
        logs.Open(new LeaseId(3)).Dispose();
        using LeaseLog running = logs.Open(new LeaseId(4));
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder, "L1"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc)); // not too old

        logs.Prune();

        Assert.Equal(["L1"], Directory.EnumerateDirectories(_folder).Select(Path.GetFileName).Order());
        Assert.Equal([], logs.ReadOrNone(new LeaseId(3), isError: false)!);
        Assert.Equal("x"u8.ToArray(), logs.ReadOrNone(new LeaseId(1), isError: false));
    }

    [Fact]
    public void Lease_of_a_number_that_was_used_before_does_not_show_what_the_other_printed()
    {
        Print(Open(maxCount: 2), 1);

        LogFolder logs = Open(maxCount: 2);
        using LeaseLog log = logs.Open(new LeaseId(1));

        Assert.Equal([], logs.ReadOrNone(new LeaseId(1), isError: false)!);
    }

    [Fact]
    public void Tail_keeps_the_last_bytes()
    {
        var tail = new OutputTail(8);

        tail.Write("abc"u8);
        Assert.Equal("abc", tail.ToString());
        tail.Write("defgh"u8);
        Assert.Equal("abcdefgh", tail.ToString());
        tail.Write("i"u8);
        Assert.Equal("bcdefghi", tail.ToString());
        tail.Write("0123456789abcdef!"u8);

        Assert.Equal("9abcdef!", tail.ToString());
    }

    private LogFolder Open(int maxCount) => new(_folder, 4096, maxCount, TimeSpan.FromDays(7), new ManualTimeProvider());

    private static void Print(LogFolder logs, ulong lease)
    {
        using LeaseLog log = logs.Open(new LeaseId(lease));
        log.Output.Write("x"u8);
    }

    private string Read() => Encoding.ASCII.GetString(StreamLog.Read(File));
}
