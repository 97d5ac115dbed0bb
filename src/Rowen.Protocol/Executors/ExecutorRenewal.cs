using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Executors;

/// <summary>The lease lives longer.</summary>
/// <param name="EndsAtNs">When it ends now, in nanoseconds of CLOCK_MONOTONIC.</param>
public sealed record ExecutorRenewal(long EndsAtNs) : IControlMessage<ExecutorRenewal>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(EndsAtNs);
    }

    /// <inheritdoc/>
    public static ExecutorRenewal ReadFrom(ref MessageReader reader) => new(reader.I64());
}
