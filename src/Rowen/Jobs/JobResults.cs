using Microsoft.Win32.SafeHandles;
using Rowen.Commands;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>Results and faults of a job, read where they lie. Thread safety: one thread.</summary>
internal sealed class JobResults : IDisposable
{
    private readonly JobFiles _files;
    private readonly SafeFileHandle _journal;
    private ResultFile? _large;

    private JobResults(JobFiles files, JobHistory history, SafeFileHandle journal)
    {
        _files = files;
        _journal = journal;
        History = history;
    }

    public JobHistory History { get; }

    /// <summary>Reads what a job's journal says; a process may be running it.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>.</exception>
    public static JobResults Open(JobFiles files)
    {
        JobHistory history = JobReading.Replay(files, keepsItems: true);
        return new JobResults(files, history, File.OpenHandle(files.Journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
    }

    /// <summary>The payload of an item that is done.</summary>
    public byte[] ReadResult(long item)
    {
        SettledItem settled = History[item];
        byte[] bytes = Read(settled);
        return settled.Kind == JobRecordKind.Result ? bytes
            : ResultPlace.TryRead(bytes, out ResultPlace place) ? ReadLarge(place)
            : throw Damaged(settled);
    }

    /// <summary>What the command of a settled item has left; null if it was never started.</summary>
    public CommandReport? ReadReportOrNone(long item)
    {
        SettledItem settled = History[item];
        byte[]? bytes = settled.State == ItemState.Done ? ReadResult(item)
            : ReadFault(item).Report is { Position: >= 0, Bytes: >= 0 } place ? ReadLarge(place)
            : null;
        return bytes is null ? null : ControlMessage.TryRead(bytes, out CommandReport report) ? report : throw Damaged(settled);
    }

    /// <summary>Why an item failed.</summary>
    public JobFault ReadFault(long item) =>
        JobJson.TryRead(Read(History[item]), out JobFault fault) ? fault : throw Damaged(History[item]);

    public void Dispose()
    {
        _journal.Dispose();
        _large?.Dispose();
    }

    private byte[] ReadLarge(ResultPlace place) => (_large ??= ResultFile.OpenForReading(_files.Results)).Read(place);

    private byte[] Read(SettledItem settled)
    {
        byte[] bytes = new byte[settled.Bytes];
        return RandomAccess.Read(_journal, bytes, settled.Position) == bytes.Length ? bytes : throw Damaged(settled);
    }

    private RowenException Damaged(SettledItem settled) => new(
        ErrorCode.JobDamaged, $"The journal {_files.Journal} is damaged at byte {settled.Position}: what it says of item {settled.Record.Item} cannot be read.");
}
