using System.Diagnostics;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.LentMemory;

/// <summary>
/// Moves bytes to and from a peer's memory: as they lie, where the fabric takes them so, or else through staging memory in pieces, several of
/// which are under way at a time.
/// </summary>
/// <remarks>Thread safety: none; whoever uses it has the lane's turn.</remarks>
internal sealed class DistantTransfer(MemoryLane lane, FabricConnection connection)
{
    /// <summary>Large enough that starting a piece costs nothing beside moving it, small enough that copying overlaps with moving.</summary>
    private const int PieceBytes = 256 * 1024;

    private const int PieceCount = 8;

    /// <summary>Beyond it, bytes that are moved as they lie go in one operation: what overlaps then is the network's affair, and it does it better.</summary>
    private const int MaxBytesInPieces = 4 << 20;

    /// <summary>How long to poll before sleeping: an answer that takes longer than two wake-ups is not worth a core ...</summary>
    private static readonly TimeSpan PollingTime = TimeSpan.FromMicroseconds(100);

    /// <summary>
    /// ... but where polling is what moves the bytes (libfabric in software), each sleep lets the network run dry: while its caller waits, an
    /// access may poll for as long as its bytes take at this rate, a slow network's. In the background it sleeps: the core is for something else.
    /// </summary>
    private const int PolledBytesPerTick = (1 << 30) / (int)TimeSpan.TicksPerSecond; // 1 GiB/s

    private static readonly TimeSpan MaxSleep = TimeSpan.FromSeconds(1);

    private readonly Completion[] _completions = new Completion[PieceCount];
    private readonly Piece[] _pieces = new Piece[PieceCount];
    private RegisteredMemory? _stage;

    /// <summary>Reads; returns when every byte is in <paramref name="target"/>.</summary>
    /// <exception cref="RowenException">The peer refused, or is gone.</exception>
    public void Read(RemoteBlock remote, ulong offset, Span<byte> target, bool isBackground = false)
    {
        var access = new Access(remote, offset, target.Length, IsRead: true, isBackground);
        if (!TryMoveAsItLies(access, target))
        {
            Move(access, source: default, target);
        }
    }

    /// <summary>Writes; returns when every byte is where a reader looks.</summary>
    /// <exception cref="RowenException">The peer refused, or is gone.</exception>
    public void Write(RemoteBlock remote, ulong offset, ReadOnlySpan<byte> source, bool isBackground = false)
    {
        var access = new Access(remote, offset, source.Length, IsRead: false, isBackground);
        if (!TryMoveAsItLies(access, source))
        {
            Move(access, source, target: default);
        }
    }

    /// <summary>Moves the caller's bytes without a copy.</summary>
    /// <returns>False if the fabric wants memory of its own.</returns>
    private bool TryMoveAsItLies(Access access, ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && connection.Endpoint.TryBorrow(
        bytes, (Transfer: this, Access: access), static (borrowed, state) => state.Transfer.Move(state.Access with { Borrowed = borrowed }, source: default, target: default));

    private void Move(Access access, ReadOnlySpan<byte> source, Span<byte> target)
    {
        int pieceBytes = access.Borrowed is not null && access.LengthBytes > MaxBytesInPieces ? access.LengthBytes : PieceBytes;
        int started = 0;
        int done = 0;
        bool isRefused = false;
        TimeSpan patience = PollingTime + new TimeSpan(access.IsBackground ? 0 : access.LengthBytes / PolledBytesPerTick);
        long quietSince = Stopwatch.GetTimestamp();
        while (done < (isRefused ? started : access.LengthBytes))
        {
            while (started < access.LengthBytes && !isRefused)
            {
                int length = Math.Min(pieceBytes, access.LengthBytes - started);
                if (!TryStart(access, started, length, source.IsEmpty ? default : source.Slice(started, length)))
                {
                    break;
                }

                started += length;
            }

            foreach (Completion completion in PollOrWait(ref quietSince, patience))
            {
                Piece piece = Finish(completion, ref isRefused);
                if (completion.Kind == CompletionKind.Read && access.Borrowed is null)
                {
                    _stage!.Slice(piece.LocalOffset, piece.LengthBytes).CopyTo(target.Slice(piece.Offset, piece.LengthBytes));
                }

                done += piece.LengthBytes;
            }
        }

        ThrowIf(isRefused);
    }

    /// <summary>Starts a piece, from or to where the caller's bytes lie, or else a free part of the stage.</summary>
    /// <returns>False if everything is in use.</returns>
    private bool TryStart(Access access, int pieceOffset, int lengthBytes, ReadOnlySpan<byte> bytes)
    {
        int index = Array.FindIndex(_pieces, static piece => piece.LengthBytes == 0);
        if (index < 0)
        {
            return false;
        }

        RegisteredMemory local = access.Borrowed ?? (_stage ??= connection.Endpoint.Register(PieceBytes * PieceCount, MemoryAccess.None));
        ulong localOffset = (ulong)(access.Borrowed is null ? index * PieceBytes : pieceOffset);
        bytes.CopyTo(local.Slice(localOffset, lengthBytes));
        ulong at = access.Offset + (ulong)pieceOffset;
        ulong cookie = (ulong)index + 1;
        FabricStatus status = access.IsRead
            ? connection.TryRead(local, localOffset, access.Remote, at, (ulong)lengthBytes, cookie)
            : connection.TryWrite(local, localOffset, access.Remote, at, (ulong)lengthBytes, cookie);
        if (status == FabricStatus.Lost)
        {
            throw Loss();
        }

        if (status == FabricStatus.Again)
        {
            return false;
        }

        _pieces[index] = new Piece(localOffset, pieceOffset, lengthBytes);
        return true;
    }

    private ReadOnlySpan<Completion> PollOrWait(ref long quietSince, TimeSpan patience)
    {
        int count = connection.Endpoint.Poll(_completions);
        if (count > 0)
        {
            quietSince = Stopwatch.GetTimestamp();
        }
        else if (Stopwatch.GetElapsedTime(quietSince) < patience)
        {
            SpinPause.Once();
        }
        else
        {
            connection.Endpoint.Wait(MaxSleep);
        }

        return _completions.AsSpan(0, count);
    }

    private Piece Finish(in Completion completion, ref bool isRefused)
    {
        if (completion.Kind == CompletionKind.PeerLost)
        {
            throw Loss();
        }

        if (completion.Kind is not (CompletionKind.Read or CompletionKind.Written or CompletionKind.Refused) || completion.Cookie is 0 or > PieceCount)
        {
            return default; // nothing that we started
        }

        isRefused |= completion.Kind == CompletionKind.Refused;
        ref Piece slot = ref _pieces[completion.Cookie - 1];
        Piece piece = slot;
        slot = default;
        return piece;
    }

    /// <summary>The fabric's loss may be seen before the session's, which knows the reason.</summary>
    private RowenException Loss()
    {
        Array.Clear(_pieces);
        return lane.LossOfConnection();
    }

    private void ThrowIf(bool isRefused)
    {
        if (isRefused)
        {
            throw lane.LossOfBlock();
        }
    }

    /// <summary>What the caller wants; with his bytes, if they can be used as they lie.</summary>
    private readonly record struct Access(RemoteBlock Remote, ulong Offset, int LengthBytes, bool IsRead, bool IsBackground, RegisteredMemory? Borrowed = null);

    /// <summary>What is under way from or to one place of ours; none if its length is zero.</summary>
    private readonly record struct Piece(ulong LocalOffset, int Offset, int LengthBytes);
}
