using System.Runtime.CompilerServices;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.Protocol.Invocations;

/// <summary>Payloads of one slot that exceed it: ours, which the peer fetches, and the peer's, which we fetch.</summary>
internal sealed class SlotOverflow(FabricConnection connection, MemoryAccess ofPeer) : IDisposable
{
    /// <summary>Reads go in pieces, so that other lanes of a connection are served in between.</summary>
    private const ulong PieceBytes = 1 << 20;

    private const int MaxPiecesUnderWay = 4;

    private RegisteredMemory? _outgoing;
    private RegisteredMemory? _fetched;
    private bool _isFetchedMapped;
    private RemoteBlock _source;
    private ulong _askedBytes;
    private int _piecesUnderWay;

    public RegisteredMemory? Fetched => _fetched;

    public RegisteredMemory Reserve(ulong lengthBytes)
    {
        ulong usable = SlotLayout.RoundUp(lengthBytes + SlotLayout.CanaryBytes);
        if (_outgoing is not null && _outgoing.LengthBytes - SlotLayout.PageBytes >= usable && !IsWasteful(_outgoing.LengthBytes, usable))
        {
            return _outgoing;
        }

        Release(ref _outgoing);
        RegisteredMemory memory = connection.Endpoint.Register(usable + SlotLayout.PageBytes, ofPeer);
        memory.Guard(usable, SlotLayout.PageBytes);
        connection.Share(memory);
        return _outgoing = memory;
    }

    public void TrimOutgoing() => Trim(ref _outgoing);

    public void TrimFetched() => Trim(ref _fetched);

    public FetchState BeginFetch(RemoteBlock source, ulong cookie)
    {
        try
        {
            PrepareTarget(source);
        }
        catch (OutOfMemoryException)
        {
            return FetchState.NoMemory;
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
        {
            return FetchState.Failed;
        }

        _source = source;
        _askedBytes = 0;
        _piecesUnderWay = 0;
        return _isFetchedMapped ? FetchState.Done : AskForPieces(cookie);
    }

    public FetchState ContinueFetch(CompletionKind kind, ulong cookie)
    {
        _piecesUnderWay--;
        return kind == CompletionKind.Read ? AskForPieces(cookie) : FetchState.Failed;
    }

    public void Dispose()
    {
        _outgoing?.Leave(); // a caller may read its results for as long as it likes, whatever becomes of the lease
        _outgoing = null;
        Release(ref _fetched);
    }

    private static bool IsWasteful(ulong held, ulong needed) => held > LaneMemory.KeptOverflowBytes && held / 4 > needed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Trim(ref RegisteredMemory? memory)
    {
        if (memory?.LengthBytes > LaneMemory.KeptOverflowBytes)
        {
            Release(ref memory);
        }
    }

    private static void Release(ref RegisteredMemory? memory)
    {
        memory?.Return();
        memory = null;
    }

    private void PrepareTarget(RemoteBlock source)
    {
        if (_isFetchedMapped && _fetched?.Descriptor.Key == source.Key && _fetched.LengthBytes >= source.LengthBytes)
        {
            return;
        }

        if (_isFetchedMapped || _fetched is null || _fetched.LengthBytes < source.LengthBytes || IsWasteful(_fetched.LengthBytes, source.LengthBytes))
        {
            Release(ref _fetched);
            _fetched = connection.MapOrNone(source);
            _isFetchedMapped = _fetched is not null;
            _fetched ??= connection.Endpoint.Register(source.LengthBytes, MemoryAccess.None);
        }
    }

    private FetchState AskForPieces(ulong cookie)
    {
        while (_askedBytes < _source.LengthBytes && _piecesUnderWay < MaxPiecesUnderWay)
        {
            ulong lengthBytes = Math.Min(PieceBytes, _source.LengthBytes - _askedBytes);
            FabricStatus status = connection.TryRead(_fetched!, _askedBytes, _source, _askedBytes, lengthBytes, cookie);
            if (status != FabricStatus.Ok)
            {
                // Full queues empty themselves while pieces are under way; without any there is nothing to wait for.
                return _piecesUnderWay > 0 ? FetchState.UnderWay : FetchState.Failed;
            }

            _askedBytes += lengthBytes;
            _piecesUnderWay++;
        }

        return _piecesUnderWay == 0 ? FetchState.Done : FetchState.UnderWay;
    }
}
