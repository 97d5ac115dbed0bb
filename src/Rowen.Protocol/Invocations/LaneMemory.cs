using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.Protocol.Invocations;

/// <summary>
/// One end of a lane: slots that the peer writes into, slots of the peer that we write into, and what does not fit.
/// Both ends use it: for the caller, incoming are replies; for the executor, incoming are requests.
/// </summary>
/// <remarks>
/// <para>A payload that exceeds its slot goes by rendezvous: it lies in memory of the sender (the slot's overflow),
/// which the header names; the receiver maps it where the provider can, and otherwise reads it in pieces. The
/// receiver's answer in the same slot, or the next request, lets the sender use that memory again.</para>
/// <para>Thread safety: whoever owns the endpoint, one at a time.</para>
/// </remarks>
public sealed class LaneMemory : IDisposable
{
    /// <summary>Overflow that a slot keeps for the next large payload; what exceeds it is given back soon. Room for 64 MiB, and for what describes them.</summary>
    public const ulong KeptOverflowBytes = 65 << 20;

    private readonly FabricConnection _connection;
    private readonly RegisteredMemory _incoming;
    private readonly RegisteredMemory _outgoing;
    private readonly bool _isMapped;
    private readonly bool _isWatched = true;
    private readonly RemoteBlock _remote;
    private readonly SlotOverflow[] _overflows;

    /// <summary>Ties the memory of both ends together, once the connection stands and both have shared theirs.</summary>
    /// <param name="connection">The lane's connection; stays the caller's.</param>
    /// <param name="incoming">Our slots, which the peer writes into. Owned from here on.</param>
    /// <param name="remote">The peer's slots.</param>
    /// <param name="layout">Where slots lie, on both sides.</param>
    /// <param name="ofPeer">What the peer may do with payloads that do not fit. An executor lets its owner write, too, who then has its results where they lie, to change them.</param>
    /// <exception cref="IOException">The peer shared less than the layout needs.</exception>
    public LaneMemory(FabricConnection connection, RegisteredMemory incoming, RemoteBlock remote, SlotLayout layout, MemoryAccess ofPeer = MemoryAccess.RemoteRead)
    {
        if (remote.LengthBytes != layout.TotalBytes)
        {
            throw new IOException($"The peer's slots have {remote.LengthBytes} bytes where {layout.TotalBytes} were agreed.");
        }

        _connection = connection;
        _incoming = incoming;
        _remote = remote;
        Layout = layout;
        RegisteredMemory? mapped = connection.MapOrNone(remote);
        _isMapped = mapped is not null;
        _outgoing = mapped ?? connection.Endpoint.Register(layout.TotalBytes, MemoryAccess.None);
        _overflows = new SlotOverflow[layout.SlotCount];
        for (int slot = 0; slot < layout.SlotCount; slot++)
        {
            _overflows[slot] = new SlotOverflow(connection, ofPeer);
            _isWatched &= connection.TryWatch(incoming, layout.HeaderOffset(slot) + InvocationHeader.IdOffset, (uint)slot);
        }
    }

    /// <summary>Where slots lie.</summary>
    public SlotLayout Layout { get; }

    /// <summary>Forbids this process to touch what lies between slots: for the side that runs native functions.</summary>
    public void GuardSlots()
    {
        for (int slot = 0; slot < Layout.SlotCount; slot++)
        {
            _outgoing.Guard(Layout.GuardOffset(slot), SlotLayout.PageBytes);
            _incoming.Guard(Layout.GuardOffset(slot), SlotLayout.PageBytes);
        }
    }

    /// <summary>Room for a payload in the peer's slot (or its staging copy): write here, then send.</summary>
    /// <param name="slot">The slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> OutgoingPayload(int slot) => _outgoing.Slice(Layout.PayloadOffset(slot), Layout.SlotBytes);

    /// <summary>The same as an address, for native functions; a canary's room follows the slot's bytes.</summary>
    /// <param name="slot">The slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint OutgoingAddress(int slot) =>
        _outgoing.AddressOf(Layout.PayloadOffset(slot), (ulong)(Layout.SlotBytes + Layout.SpareBytes));

    /// <summary>Room for a payload that exceeds the slot. Replaces what the slot's overflow held.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="lengthBytes">How much; a canary's room and a guard page follow it.</param>
    /// <returns>Memory that the peer may read; the key of its <see cref="RegisteredMemory.Descriptor"/> goes into the header.</returns>
    /// <exception cref="OutOfMemoryException">The system refused.</exception>
    public RegisteredMemory ReserveOverflow(int slot, ulong lengthBytes) => _overflows[slot].Reserve(lengthBytes);

    /// <summary>Gives back a large overflow of ours, once the peer has fetched it.</summary>
    /// <param name="slot">The slot.</param>
    public void TrimOverflow(int slot) => _overflows[slot].TrimOutgoing();

    /// <summary>Gives back a large payload of the peer's, once it was used.</summary>
    /// <param name="slot">The slot.</param>
    public void TrimFetched(int slot) => _overflows[slot].TrimFetched();

    /// <summary>Begins to bring in what follows a slot's header, whose own line is read at once.</summary>
    /// <param name="slot">The slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int slot) => _incoming.Prefetch(Layout.HeaderOffset(slot) + 64);

    /// <summary>Sends what was written into a slot: header, payload (unless it lies in overflow memory), notification.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="header">The header.</param>
    /// <returns><see cref="FabricStatus.Again"/>: poll the endpoint, then call again.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FabricStatus TrySend(int slot, in InvocationHeader header)
    {
        ulong offset = Layout.HeaderOffset(slot);
        header.Write(_outgoing.Slice(offset, InvocationHeader.SizeBytes));
        if (_isWatched)
        {
            return _connection.Nudge(); // the same provider at both ends: the peer watches, too
        }

        ulong lengthBytes = InvocationHeader.SizeBytes + (header.RemoteKey == 0 ? header.PayloadBytes : 0);
        return _connection.TryWriteNotify(_outgoing, offset, _remote, offset, lengthBytes, (uint)slot);
    }

    /// <summary>Reads the header of what the peer sent into a slot; never throws on hostile bytes.</summary>
    /// <param name="immediate">What came with the notification: the slot, if the peer is honest.</param>
    /// <param name="header">The header.</param>
    /// <returns>False if there is no such slot or no valid header in it: close the connection.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadIncoming(uint immediate, out InvocationHeader header)
    {
        if (immediate >= (uint)Layout.SlotCount)
        {
            header = default;
            return false;
        }

        Span<byte> slot = _incoming.Slice(Layout.HeaderOffset((int)immediate), InvocationHeader.SizeBytes);
        return InvocationHeader.TryRead(slot, Layout.SlotBytes, out header);
    }

    /// <summary>Address of a payload that came in its slot.</summary>
    /// <param name="slot">The slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint IncomingAddress(int slot) => _incoming.AddressOf(Layout.PayloadOffset(slot), (ulong)Layout.SlotBytes);

    /// <summary>A payload that came in its slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="lengthBytes">Its length, checked by <see cref="TryReadIncoming"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> IncomingPayload(int slot, int lengthBytes) =>
        _incoming.Slice(Layout.PayloadOffset(slot), lengthBytes);

    /// <summary>
    /// Marks an invocation as started. Where the caller maps these slots it reads the mark after our death, and knows
    /// which invocations never ran.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="invocationId">What it holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MarkStarted(int slot, ulong invocationId) => Volatile.Write(ref MarkOf(_incoming, slot), invocationId);

    /// <summary>Whether the peer provably never started what we sent into a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="invocationId">What we sent.</param>
    public bool IsProvablyNotStarted(int slot, ulong invocationId) =>
        _isMapped && Volatile.Read(ref MarkOf(_outgoing, slot)) != invocationId;

    /// <summary>Begins to fetch a payload that the peer keeps in overflow memory.</summary>
    /// <param name="slot">The slot whose header names it.</param>
    /// <param name="payload">What that header says of it.</param>
    /// <returns><see cref="FetchState.Done"/> if it could be mapped; else completions bearing <see cref="FetchCookie"/> follow.</returns>
    public FetchState BeginFetch(int slot, RemoteBlock payload) => _overflows[slot].BeginFetch(payload, FetchCookie(slot));

    /// <summary>Whether a completion belongs to a fetch of this lane.</summary>
    /// <param name="completion">Any completion.</param>
    public bool IsFetch(in Completion completion) => completion.Cookie - 1 < (ulong)Layout.SlotCount;

    /// <summary>Goes on fetching after a completion.</summary>
    /// <param name="completion">A completion for which <see cref="IsFetch"/> holds.</param>
    /// <param name="slot">The slot that it belongs to.</param>
    /// <returns>How the fetch stands.</returns>
    public FetchState ContinueFetch(in Completion completion, out int slot)
    {
        slot = (int)completion.Cookie - 1;
        return _overflows[slot].ContinueFetch(completion.Kind, completion.Cookie);
    }

    /// <summary>The payload that was fetched.</summary>
    /// <param name="slot">The slot.</param>
    public RegisteredMemory Fetched(int slot) => _overflows[slot].Fetched
        ?? throw new InvalidOperationException($"Nothing was fetched for slot {slot}.");

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        foreach (SlotOverflow overflow in _overflows)
        {
            overflow.Dispose();
        }

        _outgoing.Return();
        _incoming.Return();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong MarkOf(RegisteredMemory memory, int slot) =>
        ref MemoryMarshal.AsRef<ulong>(memory.Slice(Layout.MarkOffset(slot), sizeof(ulong)));

    private static ulong FetchCookie(int slot) => (ulong)slot + 1;
}
