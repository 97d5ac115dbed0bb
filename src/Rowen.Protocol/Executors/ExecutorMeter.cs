using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Executors;

/// <summary>What an executor says about itself, in total since its assignment. The agent checks it against the kernel.</summary>
/// <param name="ComputingNs">Time spent in functions, over all its function threads, in nanoseconds.</param>
/// <param name="InvocationCount">Invocations started.</param>
/// <param name="HasRunUserCode">False while the process has loaded no package: then it may serve another lease.</param>
public sealed record ExecutorMeter(long ComputingNs, long InvocationCount, bool HasRunUserCode) : IControlMessage<ExecutorMeter>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(ComputingNs);
        writer.I64(InvocationCount);
        writer.Flag(HasRunUserCode);
    }

    /// <inheritdoc/>
    public static ExecutorMeter ReadFrom(ref MessageReader reader) => new(reader.I64(), reader.I64(), reader.Flag());
}
