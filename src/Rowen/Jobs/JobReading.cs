using Rowen.Journals;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>What can be said about a job from its files, whoever runs it.</summary>
internal static class JobReading
{
    /// <summary>A process that has not begun after so long will not.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    public static JobStatus FirstStatus(JobId id, JobDescription description) => new()
    {
        Id = id,
        Name = description.Name,
        Function = description.Function,
        Total = description.Items.Count,
        SubmittedAt = description.SubmittedAt,
        At = description.SubmittedAt,
        Reason = "Its process starts.",
    };

    /// <summary>Where a job stands; from its status file where that can be, else from its journal.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>.</exception>
    public static JobStatus StatusOf(JobId id, JobFiles files, DateTimeOffset now)
    {
        bool isRunning = JobLock.IsHeld(files.Lock);
        JobStatus? told = StatusFile.ReadOrNone(files.Status);
        if (isRunning && told is not null)
        {
            return told.HasEnded ? told with { State = JobState.Starting, Reason = string.Empty } : told;
        }

        if (told is { HasEnded: true } || (told is { State: JobState.Starting } && now - told.At < StartPatience))
        {
            return told;
        }

        JobStatus status = OfHistory(id, Replay(files, keepsItems: false));
        return isRunning && status.HasEnded ? status with { State = JobState.Running } : status;
    }

    /// <summary>Reads the whole journal; a writer may be at work.</summary>
    public static JobHistory Replay(JobFiles files, bool keepsItems)
    {
        using JournalReader reader = JournalReader.Open(files.Journal);
        return JobHistory.Read(reader, keepsItems);
    }

    /// <summary>Reads what a job is, and nothing of what happened.</summary>
    public static JobDescription ReadDescription(JobFiles files)
    {
        using JournalReader reader = JournalReader.Open(files.Journal);
        var history = new JobHistory(keepsItems: false, keepsStates: false);
        if (reader.TryRead(out ReadOnlyMemory<byte> body, out long position) && JournalRecord.TryTake(ref body, ref position, out JournalRecord record))
        {
            _ = history.FindFaultAndApply(record);
        }

        return history.Description ?? throw reader.Damaged(reader.Position, "what the job is does not stand there");
    }

    /// <summary>Where a job stands that no process runs.</summary>
    public static JobStatus OfHistory(JobId id, JobHistory history)
    {
        JobStatus status = FirstStatus(id, history.Description!) with { Done = history.Done, Failed = history.Failed, Run = history.Runs.Count };
        JobRun? run = history.Runs.LastOrDefault();
        JobRunEnd? end = history.LastEnd;
        return end is null
            ? status with
            {
                State = JobState.Interrupted,
                At = run?.At ?? status.SubmittedAt,
                ProcessId = run?.ProcessId ?? 0,
                Host = run?.Host ?? string.Empty,
                Reason = run is null
                    ? $"Its process never began: see its log. `rowen resume {id}` starts it."
                    : $"Process {run.ProcessId} on {run.Host}, which ran it, is gone without a word. `rowen resume {id}` goes on; nothing that is done runs again.",
            }
            : status with
            {
                State = end.State,
                At = end.At,
                Reason = end.Reason,
                Code = end.Code,
                Retries = end.Retries,
                ProcessId = run!.ProcessId,
                Host = run.Host,
            };
    }
}
