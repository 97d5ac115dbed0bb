using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Jobs;

public sealed class JobPruningTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly JobRetention Retention = new(TimeSpan.FromDays(30), MaxBytes: 100);

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
    public void What_commands_brought_back_counts()
    {
        var store = new JobStore(Directory.CreateTempSubdirectory("rowen-jobs-").FullName);
        JobId id = store.Add(new JobSubmission(new JobDescription { Items = new JobItems { IsRange = true, Count = 1 } }, Items: null, Code: null), Now);
        using (StatusFile status = StatusFile.Open(store.Find(id).Status))
        {
            status.Write(new JobStatus { Id = id, State = JobState.Done });
        }

        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(store.Find(id).Folder, "files", "0")).FullName, "out"), new byte[100_000]);

        IReadOnlyList<JobId> kept = JobPruning.Prune(store, Retention with { MaxBytes = 200_000 }, TimeProvider.System.GetUtcNow());
        IReadOnlyList<JobId> removed = JobPruning.Prune(store, Retention with { MaxBytes = 100_000 }, TimeProvider.System.GetUtcNow());

        Assert.Empty(kept);
        Assert.Equal([id], removed);
        Directory.Delete(store.Folder, recursive: true);
    }

    private static StoredJob Job(ulong id, int ageDays, long bytes = 1, bool isNeeded = false, bool hasSettled = true) =>
        new(new JobId(id), "package", bytes, Now - TimeSpan.FromDays(ageDays), isNeeded, hasSettled);
}
