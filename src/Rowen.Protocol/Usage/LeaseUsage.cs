using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Usage;

/// <summary>What one lease has used, in total since its start. Kept by the agent, out of user code's reach.</summary>
/// <remarks>
/// Allocated and processor time are read by the agent from its own clock and the kernel. The split of processor time
/// into polling and computing is the executor's word, cut to what the kernel counted: code that forges it moves
/// its own time from one column to the other, and can never shorten their sum. Bytes of remote memory are the word of
/// the lease's owner, who alone sees all of them: what a client forges concerns its own lease and nobody's cores.
/// </remarks>
public sealed record LeaseUsage
{
    /// <summary>The lease.</summary>
    public LeaseId Lease { get; set; }

    /// <summary>Leased cores times wall-clock time, in milliseconds.</summary>
    public long AllocatedMs { get; set; }

    /// <summary>Processor time spent waiting hot, in milliseconds.</summary>
    public long PollingMs { get; set; }

    /// <summary>Processor time spent in functions, in milliseconds.</summary>
    public long ComputingMs { get; set; }

    /// <summary>Invocations that were started.</summary>
    public long InvocationCount { get; set; }

    /// <summary>Leased memory times wall-clock time, in MiB times seconds: what nobody else could have meanwhile.</summary>
    public long MemoryMebibyteSeconds { get; set; }

    /// <summary>Most memory that the executor held, in bytes.</summary>
    public long PeakMemoryBytes { get; set; }

    /// <summary>Bytes of remote memory that the owner says it has read; zero where functions run.</summary>
    public long MemoryReadBytes { get; set; }

    /// <summary>Bytes of remote memory that the owner says it has written; zero where functions run.</summary>
    public long MemoryWrittenBytes { get; set; }
}
