using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>
/// The socket beside a connection over libfabric: what blocks of memory are called, and the end of the peer, of which libfabric
/// itself says nothing. Never blocks.
/// </summary>
internal sealed unsafe class OfiSideSocket : IDisposable
{
    /// <summary>Messages that wait for the peer to read: one that asks without end and never reads is not waited for.</summary>
    private const int MaxUnsentCount = 1024;

    private const int StageBytes = 32 * OfiBlockMessage.SizeBytes;

    private readonly Socket _socket;
    private readonly Queue<OfiBlockMessage> _unsent = new();
    private byte* _incoming = (byte*)NativeMemory.Alloc(StageBytes);
    private byte* _outgoing = (byte*)NativeMemory.Alloc(OfiBlockMessage.SizeBytes);
    private int _incomingStart;
    private int _incomingEnd;
    private int _outgoingSent = OfiBlockMessage.SizeBytes;

    public OfiSideSocket(Socket socket)
    {
        _socket = socket;
        Descriptor = (int)socket.SafeHandle.DangerousGetHandle();
    }

    public int Descriptor { get; }

    /// <summary>The peer has closed it, has gone, or has sent what is no message.</summary>
    public bool IsOver { get; private set; }

    public bool HasUnsent => _outgoingSent < OfiBlockMessage.SizeBytes || _unsent.Count > 0;

    /// <summary>Sends a message, now or as soon as the socket takes it.</summary>
    public void Send(in OfiBlockMessage message)
    {
        if (_unsent.Count == MaxUnsentCount)
        {
            IsOver = true;
            return;
        }

        _unsent.Enqueue(message);
        Flush();
    }

    /// <summary>Sends what the socket takes now.</summary>
    public void Flush()
    {
        while (HasUnsent && !IsOver)
        {
            if (_outgoingSent == OfiBlockMessage.SizeBytes)
            {
                _unsent.Dequeue().Write(new Span<byte>(_outgoing, OfiBlockMessage.SizeBytes));
                _outgoingSent = 0;
            }

            nint sent = StreamSocket.Send(Descriptor, _outgoing + _outgoingSent, (nuint)(OfiBlockMessage.SizeBytes - _outgoingSent));
            if (sent == StreamSocket.NothingNow)
            {
                return;
            }

            IsOver |= sent == StreamSocket.Over;
            _outgoingSent += (int)Math.Max(sent, 0);
        }
    }

    /// <summary>Takes the next message that is there as a whole.</summary>
    public bool TryTake(out OfiBlockMessage message)
    {
        if (_incomingEnd - _incomingStart < OfiBlockMessage.SizeBytes && !TryFill())
        {
            message = default;
            return false;
        }

        if (!OfiBlockMessage.TryRead(new ReadOnlySpan<byte>(_incoming + _incomingStart, OfiBlockMessage.SizeBytes), out message))
        {
            IsOver = true;
            return false;
        }

        _incomingStart += OfiBlockMessage.SizeBytes;
        return true;
    }

    /// <summary>The last word: the peer, which finds it at its next look, starts nothing more.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // it has gone before us
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        NativeMemory.Free(_incoming);
        NativeMemory.Free(_outgoing);
        _incoming = _outgoing = null;
        IsOver = true;
    }

    private bool TryFill()
    {
        int kept = _incomingEnd - _incomingStart;
        Buffer.MemoryCopy(_incoming + _incomingStart, _incoming, StageBytes, kept);
        _incomingStart = 0;
        _incomingEnd = kept;
        nint received = IsOver ? StreamSocket.Over : StreamSocket.Receive(Descriptor, _incoming + kept, (nuint)(StageBytes - kept));
        IsOver |= received == StreamSocket.Over;
        _incomingEnd += (int)Math.Max(received, 0);
        return _incomingEnd >= OfiBlockMessage.SizeBytes;
    }
}
