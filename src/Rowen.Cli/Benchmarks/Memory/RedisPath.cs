using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>One value of a Redis server, set and got by its own protocol, over one connection.</summary>
internal sealed class RedisPath : BytePath, IDisposable
{
    /// <summary>Up to here a value travels together with its command: one system call instead of three.</summary>
    private const int SmallBytes = 64 * 1024;

    private static readonly byte[] Get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly byte[] _outgoing = new byte[SmallBytes + 128];
    private readonly byte[] _incoming = new byte[SmallBytes + 128];
    private int _start;
    private int _end;

    /// <summary>Takes over a connected socket.</summary>
    /// <exception cref="InvalidDataException">The server refused the password.</exception>
    public RedisPath(Socket socket, string password)
    {
        _socket = socket;
        Send(Encoding.ASCII.GetBytes($"*2\r\n$4\r\nAUTH\r\n${password.Length}\r\n{password}\r\n"));
        Expect("+OK");
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        int head = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${bytes.Length}\r\n"), _outgoing);
        if (bytes.Length <= SmallBytes)
        {
            bytes.CopyTo(_outgoing.AsSpan(head));
            "\r\n"u8.CopyTo(_outgoing.AsSpan(head + bytes.Length));
            Send(_outgoing.AsSpan(0, head + bytes.Length + 2));
        }
        else
        {
            Send(_outgoing.AsSpan(0, head));
            Send(bytes);
            Send("\r\n"u8);
        }

        Expect("+OK");
    }

    public override void Read(Span<byte> bytes)
    {
        Send(Get);
        Expect(string.Create(CultureInfo.InvariantCulture, $"${bytes.Length}"));
        int staged = Math.Min(_end - _start, bytes.Length);
        _incoming.AsSpan(_start, staged).CopyTo(bytes);
        _start += staged;
        for (Span<byte> rest = bytes[staged..]; !rest.IsEmpty;)
        {
            rest = rest[ReceiveSome(rest)..];
        }

        Expect(string.Empty);
    }

    public void Dispose() => _socket.Dispose();

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    private void Expect(string expected)
    {
        int length;
        while ((length = _incoming.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            if (_start > 0)
            {
                _incoming.AsSpan(_start, _end - _start).CopyTo(_incoming);
                (_start, _end) = (0, _end - _start);
            }

            _end += ReceiveSome(_incoming.AsSpan(_end));
        }

        string line = Encoding.ASCII.GetString(_incoming, _start, length);
        _start += length + 2;
        if (line != expected)
        {
            throw new InvalidDataException($"Redis answered '{line}' where '{expected}' is due.");
        }
    }

    private int ReceiveSome(Span<byte> target)
    {
        int received = _socket.Receive(target);
        return received > 0 ? received : throw new IOException("Redis closed the connection.");
    }
}
