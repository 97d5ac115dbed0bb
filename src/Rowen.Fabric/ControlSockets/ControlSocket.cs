using System.Net.Sockets;

namespace Rowen.Fabric.ControlSockets;

/// <summary>The socket that owns a connection's liveness: framed messages, a heartbeat each second, and a bound on silence.</summary>
/// <remarks>
/// <para>One dedicated thread reads it (<see cref="Run"/>), so that liveness does not depend on the thread pool of a
/// process that may have starved it. End of the socket, silence, or garbage ends <see cref="Run"/>.</para>
/// <para>Thread safety: any thread may <see cref="Send"/> and <see cref="Dispose"/>; one thread calls
/// <see cref="Run"/> or <see cref="Receive"/>.</para>
/// </remarks>
public sealed class ControlSocket : IDisposable
{
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly Lock _sendLock = new();
    private byte[] _payload = new byte[4096];
    private int _isClosed;
    private long _lastSentAt;

    /// <summary>Takes over a connected stream socket, Unix or TCP.</summary>
    /// <param name="socket">The socket; this object ends its life.</param>
    /// <param name="time">The clock by which silence is measured.</param>
    public ControlSocket(Socket socket, TimeProvider time)
        : this(socket, time, MaxSilence)
    {
    }

    /// <summary>The same with another bound, for peers whose death shows by other means as well.</summary>
    /// <param name="socket">The socket; this object ends its life.</param>
    /// <param name="time">The clock by which silence is measured.</param>
    /// <param name="patience">How long the peer may say nothing before it counts as dead.</param>
    public ControlSocket(Socket socket, TimeProvider time, TimeSpan patience)
    {
        Patience = patience;
        _socket = socket;
        _time = time;
        _lastSentAt = time.GetTimestamp();
        _socket.Blocking = true;
        _socket.SendTimeout = (int)MaxSilence.TotalMilliseconds;
        if (_socket.ProtocolType == ProtocolType.Tcp)
        {
            _socket.NoDelay = true;
        }
    }

    /// <summary>How long a peer may say nothing before it counts as dead, unless its socket was given another bound.</summary>
    /// <value>5 seconds: five heartbeats, the bound that DESIGN promises across hosts.</value>
    public static TimeSpan MaxSilence { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How long this peer may say nothing before it counts as dead.</summary>
    public TimeSpan Patience { get; }

    /// <summary>The version that the peer speaks, where <see cref="ControlSocketEnd.OtherVersion"/> was the end.</summary>
    public int PeerVersion { get; private set; }

    /// <summary>Whether something has arrived, or arrives in time.</summary>
    /// <param name="timeout">How long to look.</param>
    public bool IsReadable(TimeSpan timeout) => _socket.Poll(timeout, SelectMode.SelectRead);

    /// <summary>Sends one message. Blocks while the peer's window is full, at most <see cref="MaxSilence"/>.</summary>
    /// <param name="kind">Meaning of the payload, from 1.</param>
    /// <param name="payload">At most <see cref="ControlFrame.MaxPayloadBytes"/>.</param>
    /// <returns>False if the socket has ended, or ended over this message.</returns>
    public bool Send(byte kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, ControlFrame.MaxPayloadBytes);
        byte[] frame = new byte[ControlFrame.SizeBytes + payload.Length];
        new ControlFrame(ControlFrame.CurrentVersion, kind, payload.Length).Write(frame);
        payload.CopyTo(frame.AsSpan(ControlFrame.SizeBytes));
        lock (_sendLock)
        {
            long startedAt = _time.GetTimestamp();
            ReadOnlySpan<byte> rest = frame;
            while (!rest.IsEmpty)
            {
                int sent = SendSome(rest);
                if (sent <= 0 || (sent < rest.Length && _time.GetElapsedTime(startedAt) >= MaxSilence))
                {
                    Close(); // a peer that takes a byte now and then is as good as one that takes none
                    return false;
                }

                rest = rest[sent..];
            }

            Volatile.Write(ref _lastSentAt, _time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Waits for the next message; answers and skips heartbeats. For handshakes; afterwards use <see cref="Run"/>.</summary>
    /// <param name="timeout">Bound of the whole wait.</param>
    /// <param name="kind">Meaning of the payload.</param>
    /// <param name="payload">The message; valid until the next call.</param>
    /// <returns><see cref="ControlSocketEnd.None"/> if a message came, otherwise why none did.</returns>
    public ControlSocketEnd Receive(TimeSpan timeout, out byte kind, out ReadOnlySpan<byte> payload)
    {
        long deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        ControlSocketEnd end;
        do
        {
            end = ReceiveFrame(deadline, sendHeartbeats: false, out kind, out int payloadBytes);
            payload = _payload.AsSpan(0, payloadBytes);
        }
        while (end == ControlSocketEnd.None && kind == ControlFrame.Heartbeat);
        return end;
    }

    /// <summary>Hands every message to a handler until the socket ends. Sends the heartbeats on the way.</summary>
    /// <param name="handler">Gets kind and payload, on this thread; the payload is valid during the call only.</param>
    /// <returns>Why the socket ended.</returns>
    public ControlSocketEnd Run(ControlMessageHandler handler)
    {
        while (true)
        {
            long deadline = _time.GetTimestamp() + (long)(Patience.TotalSeconds * _time.TimestampFrequency);
            ControlSocketEnd end = ReceiveFrame(deadline, sendHeartbeats: true, out byte kind, out int payloadBytes);
            if (end != ControlSocketEnd.None)
            {
                Close();
                return end;
            }

            if (kind != ControlFrame.Heartbeat)
            {
                handler(kind, _payload.AsSpan(0, payloadBytes));
            }
        }
    }

    /// <summary>For a handler of <see cref="Run"/> that takes its time: says that this side lives, if that is due.</summary>
    public void Beat() => SendHeartbeatIfDue(HeartbeatPeriod);

    /// <summary>Closes the socket; a <see cref="Run"/> under way ends with <see cref="ControlSocketEnd.Closed"/>.</summary>
    public void Dispose()
    {
        Close();
        _socket.Dispose();
    }

    private ControlSocketEnd ReceiveFrame(long deadline, bool sendHeartbeats, out byte kind, out int payloadBytes)
    {
        kind = 0;
        payloadBytes = 0;
        Span<byte> header = stackalloc byte[ControlFrame.SizeBytes];
        ControlSocketEnd end = Fill(header, deadline, sendHeartbeats);
        if (end != ControlSocketEnd.None)
        {
            return end;
        }

        if (!ControlFrame.TryRead(header, out ControlFrame frame))
        {
            return ControlSocketEnd.Garbage;
        }

        if (frame.Version != ControlFrame.CurrentVersion)
        {
            PeerVersion = frame.Version;
            return ControlSocketEnd.OtherVersion;
        }

        if (_payload.Length < frame.PayloadBytes)
        {
            _payload = new byte[frame.PayloadBytes];
        }

        kind = frame.Kind;
        payloadBytes = frame.PayloadBytes;
        return Fill(_payload.AsSpan(0, payloadBytes), deadline, sendHeartbeats);
    }

    private ControlSocketEnd Fill(Span<byte> target, long deadline, bool sendHeartbeats)
    {
        while (!target.IsEmpty)
        {
            TimeSpan left = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
            if (left <= TimeSpan.Zero)
            {
                return ControlSocketEnd.PeerSilent;
            }

            try
            {
                if (!_socket.Poll(sendHeartbeats ? SendHeartbeatIfDue(left) : left, SelectMode.SelectRead))
                {
                    continue;
                }

                int received = _socket.Receive(target, SocketFlags.None, out SocketError error);
                if (received <= 0)
                {
                    return _isClosed != 0 ? ControlSocketEnd.Closed : ControlSocketEnd.PeerClosed;
                }

                target = target[received..];
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return _isClosed != 0 ? ControlSocketEnd.Closed : ControlSocketEnd.PeerClosed;
            }
        }

        return ControlSocketEnd.None;
    }

    private int SendSome(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _isClosed != 0 ? 0 : _socket.Send(bytes, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            return 0; // its owner was faster
        }
    }

    /// <summary>By time since the last send, not by silence of the peer: whoever speaks first must not mute the other.</summary>
    private TimeSpan SendHeartbeatIfDue(TimeSpan left)
    {
        TimeSpan quiet = _time.GetElapsedTime(Volatile.Read(ref _lastSentAt));
        if (quiet >= HeartbeatPeriod)
        {
            _ = Send(ControlFrame.Heartbeat, []); // a failed send closes the socket, which the next receive reports
            quiet = TimeSpan.Zero;
        }

        TimeSpan due = HeartbeatPeriod - quiet;
        return due < left ? due : left;
    }

    /// <summary>Ends the conversation; a <see cref="Run"/> under way returns. Any thread; <see cref="Dispose"/> may follow later.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both); // wakes the reading thread, which Dispose alone would not
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }
}
