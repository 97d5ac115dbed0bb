using Rowen.Jobs;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Jobs;

public sealed class JobPruningTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly JobRetention Retention = new() { MaxAge = TimeSpan.FromDays(30), MaxBytes = 100 };

    [Fact]
    public void Old_jobs_go_whatever_became_of_them_unless_they_run()
    {
        IReadOnlyList<JobId> removed = JobPruning.Choose(
            [Job(1, ageDays: 31), Job(2, ageDays: 31, hasSettled: false), Job(3, ageDays: 31, isNeeded: true), Job(4, ageDays: 29)], Retention, Now);

        Assert.Equal([new JobId(1), new JobId(2)], removed);
    }

    [Fact]
    public void Oldest_jobs_that_have_ended_go_until_the_rest_is_small_enough()
    {
        IReadOnlyList<JobId> removed = JobPruning.Choose(
            [Job(1, ageDays: 3, bytes: 60), Job(2, ageDays: 9, bytes: 60, hasSettled: false), Job(3, ageDays: 5, bytes: 60), Job(4, ageDays: 1, bytes: 40)],
            Retention,
            Now);

        Assert.Equal([new JobId(3), new JobId(1)], removed);
    }

    [Fact]
    public void Job_that_runs_or_is_about_to_stays_whatever_its_age_and_size()
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        JobId running = Add(store, JobState.Running);
        JobId ended = Add(store, JobState.Done);
        JobId starting = Add(store, JobState.Starting);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var retention = new JobRetention { MaxAge = TimeSpan.Zero, MaxBytes = 0 };
        IReadOnlyList<JobId> first;
        using (JobLock.TryTake(store.Find(running).Lock))
        {
            first = JobPruning.Prune(store, retention, now + TimeSpan.FromSeconds(1));
        }

        IReadOnlyList<JobId> later = JobPruning.Prune(store, retention, now + TimeSpan.FromHours(1)); // the process of one is gone, and the other's never began

        Assert.Equal([ended], first);
        Assert.Equal([running, starting], later);
        Directory.Delete(store.Folder, recursive: true);
    }

    [Fact]
    public void Job_that_a_process_takes_up_at_that_moment_is_not_removed()
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        JobId id = Add(store, JobState.Done);
        bool isRemoved;
        using (JobLock.TryTake(store.Find(id).Lock))
        {
            isRemoved = store.TryRemoveIdle(id);
        }

        Assert.False(isRemoved);
        Assert.True(store.TryRemoveIdle(id));
        Directory.Delete(store.Folder, recursive: true);
    }

    [Fact]
    public void How_long_jobs_are_kept_stands_in_a_file_beside_them()
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        string file = Path.Combine(store.Folder, JobRetention.FileName);

        JobRetention without = JobRetention.Read(store);
        File.WriteAllText(file, """{"maxAge": "90.00:00:00"}""");
        JobRetention age = JobRetention.Read(store);
        File.WriteAllText(file, """{"maxBytes": 53687091200}""");
        JobRetention size = JobRetention.Read(store);

        Assert.Equal(new JobRetention { MaxAge = TimeSpan.FromDays(30), MaxBytes = 10L << 30 }, without);
        Assert.Equal(without with { MaxAge = TimeSpan.FromDays(90) }, age);
        Assert.Equal(without with { MaxBytes = 50L << 30 }, size);
        Directory.Delete(store.Folder, recursive: true);
    }

    [Theory]
    [InlineData("""{"maxAge": "-1.00:00:00"}""")]
    [InlineData("""{"maxAge": "a month"}""")]
    [InlineData("""{"maxDays": 90}""")]
    [InlineData("null")]
    [InlineData("")]
    public void File_that_says_what_cannot_be_is_refused_and_named(string text)
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        string file = Path.Combine(store.Folder, JobRetention.FileName);
        File.WriteAllText(file, text);

        RowenException refused = Assert.Throws<RowenException>(() => JobRetention.Read(store));

        Assert.Equal(ErrorCode.BadRequest, refused.Code);
        Assert.StartsWith(file, refused.Message, StringComparison.Ordinal);
        Directory.Delete(store.Folder, recursive: true);
    }

    [Fact]
    public void What_commands_brought_back_counts()
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        JobId id = Add(store, JobState.Done);
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(store.Find(id).Folder, "files", "0")).FullName, "out"), new byte[100_000]);

        IReadOnlyList<JobId> kept = JobPruning.Prune(store, Retention with { MaxBytes = 200_000 }, TimeProvider.System.GetUtcNow());
        IReadOnlyList<JobId> removed = JobPruning.Prune(store, Retention with { MaxBytes = 100_000 }, TimeProvider.System.GetUtcNow());

        Assert.Empty(kept);
        Assert.Equal([id], removed);
        Directory.Delete(store.Folder, recursive: true);
    }

    private static JobId Add(JobStore store, JobState state)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JobId id = store.Add(new JobSubmission(new JobDescription { Items = new JobItems { IsRange = true, Count = 1 } }, Items: null, Code: null), now);
        using StatusFile status = StatusFile.Open(store.Find(id).Status);
        status.Write(new JobStatus { Id = id, State = state, At = now });
        return id;
    }

    private static StoredJob Job(ulong id, int ageDays, long bytes = 1, bool isNeeded = false, bool hasSettled = true) =>
        new(new JobId(id), "package", bytes, Now - TimeSpan.FromDays(ageDays), isNeeded, hasSettled);
}
