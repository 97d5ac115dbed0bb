using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>The least that a call through loopback TCP can be: bytes there, the same bytes back. Both ends of it.</summary>
internal sealed class FloorSocket : IDisposable
{
    private const int CallsBetweenLooksAtTheClock = 1 << 18; // an empty receive costs most of a microsecond
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;

    private FloorSocket(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = (int)MaxSilence.TotalMilliseconds;
        _socket.SendTimeout = (int)MaxSilence.TotalMilliseconds;
    }

    public static FloorSocket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        return new FloorSocket(socket);
    }

    /// <summary>Takes the one connection that the responder makes.</summary>
    public static FloorSocket Accept(Socket listener) => listener.Poll(MaxSilence, SelectMode.SelectRead)
        ? new FloorSocket(listener.Accept())
        : throw new TimeoutException($"The floor's responder did not connect within {MaxSilence.TotalSeconds} s.");

    /// <summary>One call: the bytes there and back.</summary>
    public void Call(ReadOnlySpan<byte> input, Span<byte> output, bool mayBlock)
    {
        Send(input, mayBlock);
        Receive(output, mayBlock);
    }

    /// <summary>Answers calls of one size.</summary>
    public void Serve(int count, Span<byte> buffer, bool mayBlock)
    {
        for (int i = 0; i < count; i++)
        {
            Receive(buffer, mayBlock);
            Send(buffer, mayBlock);
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(ReadOnlySpan<byte> bytes, bool mayBlock)
    {
        long startedAt = 0;
        for (int calls = 1; !bytes.IsEmpty; calls++)
        {
            bytes = bytes[SocketCalls.Send(_socket.SafeHandle, bytes, mayBlock)..];
            CheckSilence(ref startedAt, calls, mayBlock);
        }
    }

    private void Receive(Span<byte> bytes, bool mayBlock)
    {
        long startedAt = 0;
        for (int calls = 1; !bytes.IsEmpty; calls++)
        {
            bytes = bytes[SocketCalls.Receive(_socket.SafeHandle, bytes, mayBlock)..];
            CheckSilence(ref startedAt, calls, mayBlock);
        }
    }

    /// <summary>A blocking call that brings nothing has waited for the socket's own timeout already.</summary>
    private static void CheckSilence(ref long startedAt, int calls, bool mayBlock)
    {
        if (calls % (mayBlock ? 1 : CallsBetweenLooksAtTheClock) != 0)
        {
            return;
        }

        startedAt = startedAt == 0 ? Stopwatch.GetTimestamp() : startedAt;
        if (Stopwatch.GetElapsedTime(startedAt) > MaxSilence)
        {
            throw new TimeoutException($"The other process of this floor said nothing for {MaxSilence.TotalSeconds} s.");
        }
    }
}
