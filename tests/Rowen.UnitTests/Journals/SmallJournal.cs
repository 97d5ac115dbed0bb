using System.Text;
using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Journals;

namespace Rowen.UnitTests.Journals;

/// <summary>A job's journal of a few commits, and what it says after each of them.</summary>
internal sealed class SmallJournal : IDisposable
{
    public const int ItemCount = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-journal-").FullName;

    private SmallJournal()
    {
    }

    public JobFiles Files => new(_folder);

    /// <summary>The whole file.</summary>
    public byte[] Bytes => File.ReadAllBytes(Files.Journal);

    /// <summary>What <see cref="Describe"/> says after no commit, the first, the second…</summary>
    public List<string> Prefixes { get; } = [];

    public static async Task<SmallJournal> CreateAsync()
    {
        var small = new SmallJournal();
        var description = new JobDescription { Function = "F", Items = new JobItems { IsRange = true, Count = ItemCount } };
        using (JournalWriter writer = JournalWriter.Create(small.Files.Journal, new JournalHeader(1, 7, 0x01020304)))
        {
            writer.Append((ushort)JobRecordKind.Description, JobJson.Write(description));
            await writer.CommitAsync();
        }

        small.Note();
        await small.ChangeAsync(journal => journal.Begin(new JobRun { Number = 1, ProcessId = 1 }));
        for (int item = 0; item < ItemCount; item++)
        {
            long position = item;
            await small.ChangeAsync(journal => Assert.True(journal.TrySettle(ItemOf(position), ResultOf(position))));
        }

        await small.ChangeAsync(journal => journal.End(new JobRunEnd { State = JobState.Done }));
        return small;
    }

    public static ItemRecord ItemOf(long item) => new(item, Lane: 0, StartedAt: 100 * item, DurationTicks: 10, Attempts: 1);

    public static MapResult<RawPayload> ResultOf(long item) =>
        new(item, new RawPayload(Encoding.ASCII.GetBytes($"result {item}")), null, lane: 0, TimeSpan.FromTicks(10));

    /// <summary>Everything that a journal says, in one text.</summary>
    public string Describe()
    {
        using JobResults results = JobResults.Open(Files);
        JobHistory history = results.History;
        IEnumerable<string> items = Enumerable.Range(0, (int)history.ItemCount).Select(item =>
            history.States[item] == ItemState.Done ? $"{history[item].Record} {Encoding.ASCII.GetString(results.ReadResult(item))}" : $"{history.States[item]}");
        return string.Join('\n', items.Append($"{history.Description} {history.Runs.Count} {history.LastEnd}"));
    }

    public void Write(byte[] bytes) => File.WriteAllBytes(Files.Journal, bytes);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task ChangeAsync(Action<JobJournal> change)
    {
        using (JobJournal journal = JobJournal.Open(Files))
        {
            change(journal);
            await journal.CommitAsync();
        }

        Note();
    }

    private void Note() => Prefixes.Add(Describe());
}
