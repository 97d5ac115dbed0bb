namespace Rowen.Native;

/// <summary>An invocation that C has begun, and where its result goes.</summary>
internal sealed unsafe class NativeRequest(StartedInvocation started, byte* output, int capacity)
{
    public bool IsDone => started.IsDone;

    public InvocationResult End() => started.End(new Span<byte>(output, capacity));
}
