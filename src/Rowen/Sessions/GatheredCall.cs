using System.Diagnostics;
using Rowen.Fabric.Memory;

namespace Rowen.Sessions;

/// <summary>
/// Invocations one after the other whose input is written where the executor reads it, and whose result is read where it came: for those who gather an input of several pieces, and
/// know what to do with a result only when they see it.
/// </summary>
/// <remarks>Thread safety: one thread at a time. Its result can be read after the lease is released, too, until it is disposed.</remarks>
internal sealed class GatheredCall : IDisposable
{
    private readonly Function _function;
    private readonly ExecutorSession _session;
    private PendingCall? _call;
    private RegisteredMemory? _beyondSlot;
    private ulong _roomBytes;

    public GatheredCall(Function function)
    {
        (_function, _session) = (function, function.Lease.Session);
        _session.KeepLanes();
    }

    /// <summary>What is called.</summary>
    public string Name => _function.Name;

    /// <summary>Whether an invocation is under way, or done and not ended.</summary>
    public bool IsSent { get; private set; }

    /// <summary>How much room there is for an input that was not sent yet; null if none was taken.</summary>
    public ulong? RoomBytes => _call is null || IsSent ? null : _roomBytes;

    /// <summary>The result, until <see cref="End"/>.</summary>
    public ReadOnlySpan<byte> Result => Begun.Payload;

    private PendingCall Begun => _call ?? throw new InvalidOperationException($"No invocation of '{Name}' is under way.");

    /// <summary>Takes a slot, waiting for one if need be, and room for an input.</summary>
    /// <param name="inputBytes">How long the input will be.</param>
    /// <param name="options">Deadline: of the wait for a slot here, of the invocation in <see cref="Send"/>.</param>
    /// <exception cref="InvocationException">There is no slot before the deadline or the lease's end, or no memory: nothing was sent.</exception>
    public void Begin(ulong inputBytes, InvocationOptions options)
    {
        End();
        PendingCall call = _function.Take(options);
        if (inputBytes > (ulong)call.Lane.Memory.Layout.SlotBytes)
        {
            _beyondSlot = _function.ReserveOrAbandon(call, inputBytes);
        }

        _call = call;
        _roomBytes = inputBytes;
    }

    /// <summary>A piece of the room for the input.</summary>
    public Span<byte> Room(ulong offset, int lengthBytes) => _beyondSlot is not null
        ? _beyondSlot.Slice(offset, lengthBytes)
        : Begun.Lane.Memory.OutgoingPayload(Begun.Slot).Slice((int)offset, lengthBytes);

    /// <summary>Sends what was written.</summary>
    /// <param name="inputBytes">How much of the room.</param>
    /// <param name="resultCapacity">The longest result to take.</param>
    /// <param name="options">Deadline of the invocation.</param>
    public void Send(ulong inputBytes, ulong resultCapacity, InvocationOptions options)
    {
        Debug.Assert(inputBytes <= RoomBytes, "An input is sent once, and lies in its room.");
        _function.Send(Begun, inputBytes, _beyondSlot?.Descriptor ?? default, resultCapacity, options);
        _beyondSlot = null;
        IsSent = true;
    }

    /// <summary>Waits for the outcome.</summary>
    /// <param name="timeout">For how long; zero looks once.</param>
    /// <returns>False if it is not known yet.</returns>
    public bool Wait(TimeSpan timeout)
    {
        PendingCall call = Begun;
        if (call.IsDone)
        {
            return true;
        }

        long until = Stopwatch.GetTimestamp() + (long)Math.Min(timeout.TotalSeconds * Stopwatch.Frequency, long.MaxValue / 2);
        return call.Lane.Await(call, until);
    }

    /// <summary>Why there is no result; null if there is one.</summary>
    public InvocationFailure? FailureOrNone() => _function.FailureOrNone(new Reply(Begun));

    /// <summary>Frees the slot, if one is taken. What runs still goes on, and holds it until it is done.</summary>
    public void End()
    {
        (PendingCall? call, bool wasSent) = (_call, IsSent);
        (_call, IsSent) = (null, false);
        _beyondSlot = null;
        if (call is null)
        {
            return;
        }

        if (!wasSent)
        {
            call.Abandon();
            return;
        }

        if (!call.IsDone)
        {
            call.Lane.Cancel(call, CancellationToken.None);
        }

        call.Release();
    }

    public void Dispose()
    {
        End();
        _session.LetLanes();
    }
}
