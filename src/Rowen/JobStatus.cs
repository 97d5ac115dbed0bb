using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>How far a job is. Immutable.</summary>
public sealed record JobStatus
{
    /// <summary>The job.</summary>
    public JobId Id { get; set; }

    /// <summary>What its submitter called it.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Where it stands.</summary>
    public JobState State { get; set; }

    /// <summary>Its items.</summary>
    public long Total { get; set; }

    /// <summary>Items whose result is on the disk.</summary>
    public long Done { get; set; }

    /// <summary>Items that have failed for good.</summary>
    public long Failed { get; set; }

    /// <summary>Items on their way now.</summary>
    public int Running { get; set; }

    /// <summary>Items that are neither settled nor on their way.</summary>
    public long Waiting => Math.Max(0, Total - Done - Failed - Running);

    /// <summary>Attempts that came to nothing and were made again, by cause, in this run.</summary>
    public RetryCounts Retries { get; set; } = new();

    /// <summary>Cores at work now.</summary>
    public int Lanes { get; set; }

    /// <summary>Items a second, of the last seconds.</summary>
    public double ItemsPerSecond { get; set; }

    /// <summary>At that rate, in milliseconds; null if nothing can be said.</summary>
    public double? TimeLeftMs { get; set; }

    /// <summary>Why nothing runs, or why it ended; empty if there is nothing to say.</summary>
    public string Reason { get; set; } = string.Empty;

    /// <summary>Of a job that has stopped: why, for programs. <see cref="ErrorCode.DeadlineExceeded"/>: its time was over; <see cref="ErrorCode.WaitedTooLong"/>: it had no lease for too long.</summary>
    /// <value><see cref="ErrorCode.None"/>: it has not stopped, or was asked to.</value>
    public ErrorCode Code { get; set; }

    /// <summary>How many processes have run it so far, the present one included.</summary>
    public int Run { get; set; }

    /// <summary>The process that runs it, or ran it last.</summary>
    public int ProcessId { get; set; }

    /// <summary>The host of that process.</summary>
    public string Host { get; set; } = string.Empty;

    /// <summary>When it was submitted.</summary>
    public DateTimeOffset SubmittedAt { get; set; }

    /// <summary>When this was last true.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>The function that it runs.</summary>
    public string Function { get; set; } = string.Empty;

    /// <summary>Whether nothing will change any more unless somebody asks for it.</summary>
    public bool HasEnded => State is not (JobState.Starting or JobState.Running);
}
