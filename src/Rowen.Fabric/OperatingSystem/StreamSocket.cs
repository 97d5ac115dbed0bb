using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Sends and receives on a stream socket straight from and into native memory, never blocking.</summary>
/// <remarks>
/// By descriptor, not by handle: one thread owns socket and calls, and a handle's reference count would cost as much as
/// the rest of the call. Every method answers how many bytes moved, <see cref="NothingNow"/> or <see cref="Over"/>.
/// </remarks>
internal static unsafe partial class StreamSocket
{
    /// <summary>Nothing can be sent, or has arrived, now.</summary>
    public const nint NothingNow = 0;

    /// <summary>The connection has ended.</summary>
    public const nint Over = -1;

    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const int NoBuffers = 105;

    /// <summary>Sends one piece of memory.</summary>
    public static nint Send(int socket, byte* start, nuint lengthBytes)
    {
        nint sent = SendBytes(socket, start, lengthBytes, DoNotWait | NoSignal);
        return sent >= 0 ? sent : NothingUnlessOver();
    }

    /// <summary>Sends two pieces of memory, in one call.</summary>
    public static nint Send(int socket, byte* first, nuint firstBytes, byte* second, nuint secondBytes)
    {
        Piece* pieces = stackalloc Piece[2];
        pieces[0] = new Piece(first, firstBytes);
        pieces[1] = new Piece(second, secondBytes);
        var message = new Message { Pieces = pieces, PieceCount = 2 };
        nint sent = SendMessage(socket, &message, DoNotWait | NoSignal);
        return sent >= 0 ? sent : NothingUnlessOver();
    }

    /// <summary>Receives into one piece of memory of at least one byte.</summary>
    public static nint Receive(int socket, byte* start, nuint lengthBytes)
    {
        nint received = ReceiveBytes(socket, start, lengthBytes, DoNotWait);
        return received > 0 ? received : received == 0 ? Over : NothingUnlessOver();
    }

    /// <summary>Receives into two pieces of memory, the first first.</summary>
    public static nint Receive(int socket, byte* first, nuint firstBytes, byte* second, nuint secondBytes)
    {
        Piece* pieces = stackalloc Piece[2];
        pieces[0] = new Piece(first, firstBytes);
        pieces[1] = new Piece(second, secondBytes);
        var message = new Message { Pieces = pieces, PieceCount = 2 };
        nint received = ReceiveMessage(socket, &message, DoNotWait);
        return received > 0 ? received : received == 0 ? Over : NothingUnlessOver();
    }

    private static nint NothingUnlessOver() =>
        Marshal.GetLastPInvokeError() is TryAgain or Interrupted or NoBuffers ? NothingNow : Over;

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(int socket, byte* bytes, nuint lengthBytes, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveBytes(int socket, byte* bytes, nuint lengthBytes, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Piece(byte* start, nuint lengthBytes)
    {
        public readonly byte* Start = start;
        public readonly nuint LengthBytes = lengthBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameBytes;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlBytes;
        public int Flags;
    }
}
