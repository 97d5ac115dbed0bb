using System.Text;
using Rowen.Commands;
using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Jobs;

/// <summary>What a job may say of itself when its disk did not take everything.</summary>
public sealed class JobJournalTests : IDisposable
{
    private const int ItemCount = 3;

    private readonly JobStore _store = new(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
    private readonly JobId _id;
    private readonly JobFiles _files;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public JobJournalTests()
    {
        var description = new JobDescription { Function = "F", Items = new JobItems { IsRange = true, Count = ItemCount } };
        _id = _store.Add(new JobSubmission(description, Items: null, Code: null), DateTimeOffset.UnixEpoch);
        _files = _store.Find(_id);
    }

    public void Dispose() => Directory.Delete(_store.Folder, recursive: true);

    [Fact]
    public async Task Item_whose_result_the_disk_did_not_take_stays_unsettled_and_this_process_settles_no_other()
    {
        File.CreateSymbolicLink(_files.Results, "/dev/full");
        using JobJournal journal = JobJournal.Open(_files);
        journal.Begin(new JobRun { Number = 1 });

        RowenException refusal = Assert.Throws<RowenException>(() => Settle(journal, 0, JobLimits.MaxInlineBytes + 1));
        journal.End(new JobRunEnd { State = JobState.Stopped });
        await journal.CommitAsync();

        Assert.Equal((ErrorCode.StorageFailed, true), (refusal.Code, journal.HasFailed));
        Assert.Equal([ItemState.Pending, ItemState.Pending, ItemState.Pending], journal.History.States);
        Assert.Equal((0, JobState.Stopped), (journal.ReadBack().Done, journal.ReadBack().LastEnd!.State));
    }

    [Fact]
    public async Task Failure_whose_report_the_disk_did_not_take_is_none()
    {
        File.CreateSymbolicLink(_files.Results, "/dev/full");
        using JobJournal journal = JobJournal.Open(_files);
        journal.Begin(new JobRun { Number = 1 });
        var outcome = new CommandOutcome(0, new CommandReport { NodeName = "n1", ExitCode = 1 }, new RowenException(ErrorCode.CommandFailed, "It failed."));

        Assert.Throws<RowenException>(() => journal.TrySettle(ItemOf(0), outcome));
        await journal.CommitAsync();

        Assert.Equal((ItemState.Pending, 0L), (journal.History.States[0], journal.History.Failed));
    }

    [Fact]
    public async Task Resume_believes_the_journal_and_not_the_last_status()
    {
        await SettleAsync(items: 2);
        WriteStatus(JobState.Stopped);

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(ResumeAsync);
        await SettleAsync(items: 1);
        RowenException none = await Assert.ThrowsAsync<RowenException>(ResumeAsync);

        Assert.Contains("RowenPath", refusal.Message, StringComparison.Ordinal); // it went as far as looking for the program
        Assert.Contains("nothing left to do", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_map_refuses_to_leave_an_item_out()
    {
        await SettleAsync(items: 2);
        WriteStatus(JobState.Done);

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(CountDetachedAsync);
        await SettleAsync(items: 1);
        int count = await CountDetachedAsync();

        Assert.Equal((ErrorCode.JobDamaged, ItemCount), (refusal.Code, count));
        Assert.Contains("item 2", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A last word that says more than is in the journal.</summary>
    private void WriteStatus(JobState state)
    {
        using StatusFile status = StatusFile.Open(_files.Status);
        status.Write(new JobStatus { Id = _id, State = state, Total = ItemCount, Done = ItemCount });
    }

    /// <summary>Writes a run that settles the next items.</summary>
    private async Task SettleAsync(int items)
    {
        using JobJournal journal = JobJournal.Open(_files);
        journal.Begin(new JobRun { Number = journal.History.Runs.Count + 1 });
        for (long first = journal.History.Done, item = first; item < first + items; item++)
        {
            Assert.True(Settle(journal, item, 10));
        }

        await journal.CommitAsync();
    }

    private async Task<int> CountDetachedAsync() => await DetachedMap.ReadAsync<byte[]>(new Job(_store, _id), new MapOptions(), Cancellation).CountAsync(Cancellation);

    private Task ResumeAsync() => new Job(_store, _id, Path.Combine(_store.Folder, "nowhere")).ResumeAsync(Cancellation);

    private static bool Settle(JobJournal journal, long item, int bytes) => journal.TrySettle(
        ItemOf(item), new MapResult<RawPayload>(item, new RawPayload(Encoding.ASCII.GetBytes(new string('r', bytes))), null, lane: 0, TimeSpan.Zero));

    private static ItemRecord ItemOf(long item) => new(item, Lane: 0, StartedAt: 0, DurationTicks: 1, Attempts: 1);
}
