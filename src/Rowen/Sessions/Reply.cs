using Rowen.Protocol.Errors;

namespace Rowen.Sessions;

/// <summary>The outcome of an invocation, its bytes still in the lane's memory. Release it exactly once.</summary>
internal readonly struct Reply(PendingCall call)
{
    public ErrorCode Error => call.Error;

    public PendingCall Call => call;

    public ulong PayloadBytes => call.ReplyBytes;

    public ReadOnlySpan<byte> Payload => call.Payload;

    public void Release() => call.Release();
}
