using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Executors;

/// <summary>What an executor says about itself, in total since its assignment. The agent checks it against the kernel.</summary>
/// <param name="ComputingNs">Time spent in functions, over all its function threads, in nanoseconds.</param>
/// <param name="InvocationCount">Invocations started.</param>
/// <param name="HasRunUserCode">False while the process has loaded no package: then it may serve another lease.</param>
/// <param name="MemoryReadBytes">Bytes of lent memory that its owner says it has read.</param>
/// <param name="MemoryWrittenBytes">Bytes of lent memory that its owner says it has written.</param>
public sealed record ExecutorMeter(long ComputingNs, long InvocationCount, bool HasRunUserCode, long MemoryReadBytes = 0, long MemoryWrittenBytes = 0)
    : IControlMessage<ExecutorMeter>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(ComputingNs);
        writer.I64(InvocationCount);
        writer.Flag(HasRunUserCode);
        writer.I64(MemoryReadBytes);
        writer.I64(MemoryWrittenBytes);
    }

    /// <inheritdoc/>
    public static ExecutorMeter ReadFrom(ref MessageReader reader) => new(reader.I64(), reader.I64(), reader.Flag(), reader.I64(), reader.I64());
}
