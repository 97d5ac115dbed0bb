using System.Security.Cryptography;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Simulated;

/// <summary>Two ends on a simulated network. Each operation is a message there, and its answer another one back.</summary>
internal sealed unsafe class SimulatedConnection(SimulatedEndpoint endpoint, ReadOnlyMemory<byte> token) : FabricConnection
{
    private const int MaxOperationCount = 64;

    private readonly Dictionary<ulong, RegisteredMemory> _shared = [];
    private readonly byte[] _token = token.ToArray();
    private SimulatedConnection? _peer;
    private int _notificationsUnderWay;
    private int _operationsUnderWay;
    private bool _isBroken;
    private bool _isDisposed;

    public override FabricEndpoint Endpoint => endpoint;

    public override bool IsLost => _isBroken;

    private SimulatedHost Host => endpoint.Host;

    private SimulatedHost PeerHost => _peer!.Host;

    internal bool IsWaiting => _peer is null && !_isBroken;

    public override RemoteBlock Share(RegisteredMemory memory)
    {
        endpoint.CheckOwned(memory);
        _shared[memory.Key] = memory;
        return memory.Descriptor;
    }

    public override RegisteredMemory? MapOrNone(RemoteBlock remote) => null;

    public override void Revoke(RegisteredMemory memory)
    {
        endpoint.CheckOwned(memory);
        StopServing(memory);
    }

    public override FabricStatus TryWrite(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        CheckRanges(local, localOffset, remote, remoteOffset, lengthBytes);
        var move = new Move(local, localOffset, remote.Key, remoteOffset, lengthBytes);
        return Start(cookie, () => Answer(_peer!.TryTake(move) ? CompletionKind.Written : CompletionKind.Refused, cookie));
    }

    public override FabricStatus TryWriteNotify(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, uint immediate)
    {
        CheckRanges(local, localOffset, remote, remoteOffset, lengthBytes);
        if (LookBeforeSending(_notificationsUnderWay, endpoint.NotificationCount) is var status and not FabricStatus.Ok)
        {
            return status;
        }

        var move = new Move(local, localOffset, remote.Key, remoteOffset, lengthBytes);
        _notificationsUnderWay++;
        if (!endpoint.Network.Send(endpoint.Host, PeerHost, () => Notify(move, immediate)))
        {
            _notificationsUnderWay--; // lost: only the bound must not be
        }

        return FabricStatus.Ok;
    }

    public override FabricStatus TryRead(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cookie);
        CheckRanges(local, localOffset, remote, remoteOffset, lengthBytes);
        var move = new Move(local, localOffset, remote.Key, remoteOffset, lengthBytes);
        return Start(cookie, () => Answer(_peer!.TryGive(move) ? CompletionKind.Read : CompletionKind.Refused, cookie));
    }

    public override void Break()
    {
        if (!_isBroken)
        {
            _isBroken = true;
            endpoint.Arrive(this, CompletionKind.PeerLost, 0, 0);
        }
    }

    internal bool Knows(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(_token, other);

    internal void Join(SimulatedConnection peer) => _peer = peer;

    internal void Taken(CompletionKind kind)
    {
        if (kind == CompletionKind.Notified && _peer is not null)
        {
            _peer._notificationsUnderWay--;
        }
    }

    internal void StopServing(RegisteredMemory memory) => _shared.Remove(memory.Key);

    protected override void Dispose(bool isDisposing)
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _isBroken = true;
            _shared.Clear();
            endpoint.Forget(this);
        }
    }

    private static void CheckRanges(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes)
    {
        local.CheckRange(localOffset, lengthBytes);
        if (remoteOffset > remote.LengthBytes || lengthBytes > remote.LengthBytes - remoteOffset)
        {
            throw new ArgumentOutOfRangeException(
                nameof(remoteOffset), $"Bytes {remoteOffset} to {remoteOffset}+{lengthBytes} leave {remote}.");
        }
    }

    private FabricStatus LookBeforeSending(int underWay, int max)
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        return _peer is null || underWay >= max ? FabricStatus.Again : FabricStatus.Ok;
    }

    private FabricStatus Start(ulong cookie, Action atPeer)
    {
        if (LookBeforeSending(_operationsUnderWay, MaxOperationCount) is var status and not FabricStatus.Ok)
        {
            return status;
        }

        _operationsUnderWay += cookie == 0 ? 0 : 1;
        if (!endpoint.Network.Send(endpoint.Host, PeerHost, atPeer) && cookie != 0)
        {
            _operationsUnderWay--;
        }

        return FabricStatus.Ok;
    }

    private void Notify(in Move move, uint immediate)
    {
        if (_peer!._isBroken)
        {
            _notificationsUnderWay--;
        }
        else if (_peer.TryTake(move))
        {
            _peer.Arrive(CompletionKind.Notified, immediate, 0);
        }
        else
        {
            _notificationsUnderWay--;
            Answer(CompletionKind.Refused, ulong.MaxValue);
        }
    }

    /// <summary>At the peer: sends the outcome back.</summary>
    private void Answer(CompletionKind kind, ulong cookie)
    {
        bool isCounted = cookie is not 0 and not ulong.MaxValue;
        bool isUnderWay = cookie != 0 && endpoint.Network.Send(PeerHost, endpoint.Host, () =>
        {
            _operationsUnderWay -= isCounted ? 1 : 0;
            if (!_isBroken)
            {
                Arrive(kind, 0, cookie);
            }
        });
        _operationsUnderWay -= isCounted && !isUnderWay ? 1 : 0;
    }

    private void Arrive(CompletionKind kind, uint immediate, ulong cookie) => endpoint.Arrive(this, kind, immediate, cookie);

    private bool TryTake(in Move move)
    {
        if (FindOrNone(move, MemoryAccess.RemoteWrite) is not { } target || move.Local.IsReturned)
        {
            return false;
        }

        Buffer.MemoryCopy(
            move.Local.Start + move.LocalOffset, target.Start + move.RemoteOffset, move.LengthBytes, move.LengthBytes);
        return true;
    }

    private bool TryGive(in Move move)
    {
        if (FindOrNone(move, MemoryAccess.RemoteRead) is not { } source || move.Local.IsReturned)
        {
            return false;
        }

        Buffer.MemoryCopy(
            source.Start + move.RemoteOffset, move.Local.Start + move.LocalOffset, move.LengthBytes, move.LengthBytes);
        return true;
    }

    private RegisteredMemory? FindOrNone(in Move move, MemoryAccess access) =>
        !_isBroken
        && _shared.TryGetValue(move.Key, out RegisteredMemory? memory)
        && (memory.Access & access) != 0
        && move.RemoteOffset <= memory.LengthBytes
        && move.LengthBytes <= memory.LengthBytes - move.RemoteOffset
            ? memory
            : null;

    private readonly record struct Move(
        RegisteredMemory Local, ulong LocalOffset, ulong Key, ulong RemoteOffset, ulong LengthBytes);
}
