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

    private const ulong WholeCookie = 1;

    /// <summary>How long to poll before sleeping: an answer that takes longer than two wake-ups is not worth a core.</summary>
    private static readonly TimeSpan PollingTime = TimeSpan.FromMicroseconds(100);

    private static readonly TimeSpan MaxSleep = TimeSpan.FromSeconds(1);

    private readonly Completion[] _completions = new Completion[PieceCount];
    private readonly Piece[] _pieces = new Piece[PieceCount];
    private RegisteredMemory? _stage;

    /// <summary>Reads; returns when every byte is in <paramref name="target"/>.</summary>
    /// <exception cref="RowenException">The peer refused, or is gone.</exception>
    public void Read(RemoteBlock remote, ulong offset, Span<byte> target)
    {
        if (!TryMoveWhole(new Whole(remote, offset, IsRead: true), target))
        {
            Move(remote, offset, target.Length, source: default, target);
        }
    }

    /// <summary>Writes; returns when every byte is where a reader looks.</summary>
    /// <exception cref="RowenException">The peer refused, or is gone.</exception>
    public void Write(RemoteBlock remote, ulong offset, ReadOnlySpan<byte> source)
    {
        if (!TryMoveWhole(new Whole(remote, offset, IsRead: false), source))
        {
            Move(remote, offset, source.Length, source, target: default);
        }
    }

    /// <summary>Moves the caller's bytes without a copy, in one operation.</summary>
    /// <returns>False if the fabric wants memory of its own.</returns>
    private bool TryMoveWhole(Whole whole, ReadOnlySpan<byte> bytes) =>
        !bytes.IsEmpty && connection.Endpoint.TryBorrow(bytes, (Transfer: this, Whole: whole), static (memory, state) => state.Transfer.MoveWhole(memory, state.Whole));

    private void MoveWhole(RegisteredMemory local, Whole whole)
    {
        long quietSince = Stopwatch.GetTimestamp();
        FabricStatus status;
        while ((status = Start(local, whole)) == FabricStatus.Again)
        {
            PollOrWait(ref quietSince); // nothing of ours is under way: what comes is none of it
        }

        if (status == FabricStatus.Lost)
        {
            throw Loss();
        }

        while (true)
        {
            foreach (Completion completion in PollOrWait(ref quietSince))
            {
                if (completion.Kind == CompletionKind.PeerLost)
                {
                    throw Loss();
                }

                if (completion.Cookie == WholeCookie && completion.Kind is (CompletionKind.Read or CompletionKind.Written or CompletionKind.Refused))
                {
                    ThrowIf(completion.Kind == CompletionKind.Refused);
                    return;
                }
            }
        }
    }

    private FabricStatus Start(RegisteredMemory local, Whole whole) => whole.IsRead
        ? connection.TryRead(local, 0, whole.Remote, whole.Offset, local.LengthBytes, WholeCookie)
        : connection.TryWrite(local, 0, whole.Remote, whole.Offset, local.LengthBytes, WholeCookie);

    /// <summary>Writes from the source if it has bytes, else reads into the target.</summary>
    private void Move(RemoteBlock remote, ulong offset, int lengthBytes, ReadOnlySpan<byte> source, Span<byte> target)
    {
        int started = 0;
        int done = 0;
        bool isRefused = false;
        long quietSince = Stopwatch.GetTimestamp();
        while (done < (isRefused ? started : lengthBytes))
        {
            while (started < lengthBytes && !isRefused)
            {
                int length = Math.Min(PieceBytes, lengthBytes - started);
                if (!TryStart(remote, offset, started, length, source.IsEmpty ? default : source.Slice(started, length)))
                {
                    break;
                }

                started += length;
            }

            foreach (Completion completion in PollOrWait(ref quietSince))
            {
                Piece piece = Finish(completion, ref isRefused);
                if (completion.Kind == CompletionKind.Read)
                {
                    _stage!.Slice(piece.StageOffset, piece.LengthBytes).CopyTo(target.Slice(piece.Offset, piece.LengthBytes));
                }

                done += piece.LengthBytes;
            }
        }

        ThrowIf(isRefused);
    }

    /// <summary>Starts a piece in a free part of the stage: a write if there are bytes, else a read.</summary>
    /// <returns>False if everything is in use.</returns>
    private bool TryStart(RemoteBlock remote, ulong offset, int pieceOffset, int lengthBytes, ReadOnlySpan<byte> bytes)
    {
        int index = Array.FindIndex(_pieces, static piece => piece.LengthBytes == 0);
        if (index < 0)
        {
            return false;
        }

        RegisteredMemory stage = _stage ??= connection.Endpoint.Register(PieceBytes * PieceCount, MemoryAccess.None);
        ulong stageOffset = (ulong)(index * PieceBytes);
        bytes.CopyTo(stage.Slice(stageOffset, lengthBytes));
        ulong at = offset + (ulong)pieceOffset;
        ulong cookie = (ulong)index + 1;
        FabricStatus status = bytes.IsEmpty
            ? connection.TryRead(stage, stageOffset, remote, at, (ulong)lengthBytes, cookie)
            : connection.TryWrite(stage, stageOffset, remote, at, (ulong)lengthBytes, cookie);
        if (status == FabricStatus.Lost)
        {
            throw Loss();
        }

        if (status == FabricStatus.Again)
        {
            return false;
        }

        _pieces[index] = new Piece(stageOffset, pieceOffset, lengthBytes);
        return true;
    }

    private ReadOnlySpan<Completion> PollOrWait(ref long quietSince)
    {
        int count = connection.Endpoint.Poll(_completions);
        if (count > 0)
        {
            quietSince = Stopwatch.GetTimestamp();
        }
        else if (Stopwatch.GetElapsedTime(quietSince) < PollingTime)
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

    /// <summary>An access in one operation.</summary>
    private readonly record struct Whole(RemoteBlock Remote, ulong Offset, bool IsRead);

    /// <summary>What is under way in one part of the stage; none if its length is zero.</summary>
    private readonly record struct Piece(ulong StageOffset, int Offset, int LengthBytes);
}
