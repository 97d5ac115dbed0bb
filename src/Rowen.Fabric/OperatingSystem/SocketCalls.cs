using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The system's own send and receive, without the runtime's layers: the floor under anything that uses sockets.</summary>
public static partial class SocketCalls
{
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    /// <summary>Sends what the socket takes.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="mayBlock">Whether to sleep until some of it is taken.</param>
    /// <returns>How many bytes were taken; 0 if none could be now.</returns>
    /// <exception cref="IOException">The connection is over.</exception>
    public static int Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, bool mayBlock)
    {
        int sent = (int)SendBytes(
            socket, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal | (mayBlock ? 0 : DoNotWait));
        return sent >= 0 ? sent : FailUnlessTransient("send");
    }

    /// <summary>Takes what has arrived.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="bytes">Receives it.</param>
    /// <param name="mayBlock">Whether to sleep until something arrives, as long as the socket's own timeout allows.</param>
    /// <returns>How many bytes; 0 if there is nothing now.</returns>
    /// <exception cref="IOException">The connection is over.</exception>
    public static int Receive(SafeSocketHandle socket, Span<byte> bytes, bool mayBlock)
    {
        int received = (int)ReceiveBytes(
            socket, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, mayBlock ? 0 : DoNotWait);
        return received switch
        {
            > 0 => received,
            0 when bytes.Length > 0 => throw new IOException("The peer closed the connection."),
            0 => 0,
            _ => FailUnlessTransient("receive"),
        };
    }

    private static int FailUnlessTransient(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        return error is TryAgain or Interrupted
            ? 0
            : throw new IOException($"The system refused to {call}: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(SafeSocketHandle socket, ref byte bytes, nuint lengthBytes, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveBytes(SafeSocketHandle socket, ref byte bytes, nuint lengthBytes, int flags);
}
