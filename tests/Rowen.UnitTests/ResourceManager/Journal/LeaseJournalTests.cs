using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;
using Rowen.ResourceManager.Journal;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.UnitTests.ResourceManager.Journal;

public sealed class LeaseJournalTests : IDisposable
{
    private static readonly NodeRecord Node = new()
    {
        Id = new NodeId(3),
        Instance = "00112233445566778899aabbccddeeff",
        Name = "host",
        RowenVersion = "1",
        Cores = 8,
        MemoryBytes = 1 << 30,
    };

    private static readonly LeaseRecord Lease = new()
    {
        Id = new LeaseId(7),
        Epoch = 1,
        State = LeaseState.Ending,
        Ask = new LeaseAsk { Cores = 2, DurationMs = 5_000, HotWindowUs = -1, Client = "me" },
        Node = Node.Id,
        NodeName = "host",
        Cores = 2,
        MemoryBytes = 1 << 20,
        Secret = "secret",
        GraceMs = 400,
        Reason = "revoked",
        Used = new LeaseUsage { Lease = new LeaseId(7), AllocatedMs = 5 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-journal-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "manager.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_there_when_the_file_is_opened_again()
    {
        using (LeaseJournal journal = LeaseJournal.Open(Path, out JournalState empty))
        {
            Assert.Equal((1u, 0ul, 0u), (empty.Epoch, empty.LastLeaseId, empty.LastNodeId));
            journal.Write(Batch(new LeaseEffect.SaveNode(Node), new LeaseEffect.SaveLease(Lease)), 9, 4);
        }

        using LeaseJournal again = LeaseJournal.Open(Path, out JournalState state);

        Assert.Equal((2u, 9ul, 4u), (state.Epoch, state.LastLeaseId, state.LastNodeId));
        Assert.Equal([Node], state.Nodes);
        Assert.Equal([Lease], state.Leases);
    }

    [Fact]
    public void What_was_written_is_there_though_the_file_was_never_closed()
    {
        using LeaseJournal journal = LeaseJournal.Open(Path, out _);
        journal.Write(Batch(new LeaseEffect.SaveLease(Lease)), 9, 4);
        string copy = System.IO.Path.Combine(_folder, "copy.db"); // what a kill -9 at this moment would leave
        File.Copy(Path, copy);
        File.Copy(Path + "-wal", copy + "-wal");

        using LeaseJournal other = LeaseJournal.Open(copy, out JournalState state);

        Assert.Equal([Lease], state.Leases);
    }

    [Fact]
    public void A_record_is_replaced_by_a_newer_one_and_a_forgotten_one_is_gone()
    {
        LeaseRecord newer = Lease with { State = LeaseState.Ended, EndCode = ErrorCode.LeaseRevoked };
        using (LeaseJournal journal = LeaseJournal.Open(Path, out _))
        {
            journal.Write(Batch(new LeaseEffect.SaveNode(Node), new LeaseEffect.SaveLease(Lease)), 7, 3);
            journal.Write(Batch(new LeaseEffect.SaveLease(Lease), new LeaseEffect.SaveLease(newer)), 7, 3);
            journal.Write(Batch(new LeaseEffect.ForgetNode(Node.Id)), 7, 3);
        }

        using LeaseJournal again = LeaseJournal.Open(Path, out JournalState state);

        Assert.Equal([newer], state.Leases);
        Assert.Empty(state.Nodes);
    }

    [Fact]
    public void No_flipped_bit_of_a_record_goes_unnoticed()
    {
        using (LeaseJournal journal = LeaseJournal.Open(Path, out _))
        {
            journal.Write(Batch(new LeaseEffect.SaveLease(Lease)), 7, 3);
        }

        byte[] intact = File.ReadAllBytes(Path);
        int begin = intact.AsSpan().LastIndexOf("{\"id\":\"L7\""u8);
        int end = begin + intact.AsSpan(begin).IndexOf("}}"u8);
        Assert.InRange(begin, 1, end - 100);
        for (int position = begin; position < end; position += 7)
        {
            byte[] damaged = [.. intact];
            damaged[position] ^= (byte)(1 << (position % 8));
            string path = System.IO.Path.Combine(_folder, "damaged.db");
            File.WriteAllBytes(path, damaged);

            RowenException refusal = Assert.Throws<RowenException>(() => LeaseJournal.Open(path, out _));

            Assert.Equal(ErrorCode.StorageFailed, refusal.Code);
            Assert.StartsWith($"The manager's state in {path} is damaged: ", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_journal_is_refused()
    {
        File.WriteAllText(Path, new string('x', 8_192));

        RowenException refusal = Assert.Throws<RowenException>(() => LeaseJournal.Open(Path, out _));

        Assert.Equal(ErrorCode.StorageFailed, refusal.Code);
        Assert.Contains("is damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_file_is_refused()
    {
        using (LeaseJournal journal = LeaseJournal.Open(Path, out _))
        {
            journal.Write(Batch(new LeaseEffect.SaveLease(Lease)), 7, 3);
        }

        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..4_096]);

        Assert.Throws<RowenException>(() => LeaseJournal.Open(Path, out _));
    }

    [Fact]
    public void A_journal_of_a_newer_Rowen_is_refused()
    {
        LeaseJournal.Open(Path, out _).Dispose();
        byte[] bytes = File.ReadAllBytes(Path);
        bytes[63] = 2; // user_version, the four bytes from 60 on in SQLite's header
        File.WriteAllBytes(Path, bytes);

        RowenException refusal = Assert.Throws<RowenException>(() => LeaseJournal.Open(Path, out _));

        Assert.Equal(ErrorCode.OtherVersion, refusal.Code);
    }

    [Fact]
    public void The_file_and_its_log_are_for_their_owner_only()
    {
        using LeaseJournal journal = LeaseJournal.Open(Path, out _);

        Assert.All(
            Directory.EnumerateFiles(_folder),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(2, Directory.EnumerateFiles(_folder).Count());
    }

    [Fact]
    public void One_manager_at_a_time_owns_a_folder()
    {
        using (StateFolder.Take(_folder))
        {
            RowenException refusal = Assert.Throws<RowenException>(() => StateFolder.Take(_folder));
            Assert.Equal(ErrorCode.StateFolderInUse, refusal.Code);
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        }

        StateFolder.Take(_folder).Dispose();
    }

    private static JournalBatch Batch(params LeaseEffect[] effects)
    {
        var batch = new JournalBatch();
        foreach (LeaseEffect effect in effects)
        {
            batch.Add(effect);
        }

        return batch;
    }
}
