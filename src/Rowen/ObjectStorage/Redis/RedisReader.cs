using System.Globalization;
using System.Text;

namespace Rowen.ObjectStorage.Redis;

/// <summary>Reads what a Redis server answers (RESP 2). What it says is hostile: every length has a bound.</summary>
/// <remarks>
/// A simple text is a <see cref="string"/>, a number a <see cref="long"/>, a bulk a <c>byte[]</c> or null, an array a <c>object[]</c> or null,
/// an error a <see cref="RedisRefusalException"/>, which is thrown where it is the whole answer.
/// </remarks>
internal sealed class RedisReader(Stream stream)
{
    private const int MaxBulkBytes = 512 << 20; // Redis' own limit
    private const int MaxElements = 1 << 20;
    private const int MaxDepth = 4;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;

    public async Task<object?> ReadAsync(CancellationToken cancellationToken)
    {
        object? reply = await ReadAsync(0, cancellationToken).ConfigureAwait(false);
        return reply is RedisRefusalException refusal ? throw refusal : reply;
    }

    private async Task<object?> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        string line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        string rest = line.Length > 0 ? line[1..] : throw Nonsense(line);
        switch (line[0])
        {
            case '+':
                return rest;
            case '-':
                return new RedisRefusalException(rest);
            case ':':
                return Number(line, long.MinValue, long.MaxValue);
            case '$':
                int length = (int)Number(line, -1, MaxBulkBytes);
                return length < 0 ? null : await ReadBulkAsync(length, cancellationToken).ConfigureAwait(false);
            case '*' when depth < MaxDepth:
                return await ReadArrayAsync((int)Number(line, -1, MaxElements), depth, cancellationToken).ConfigureAwait(false);
            default:
                throw Nonsense(line);
        }
    }

    private async Task<object?[]?> ReadArrayAsync(int count, int depth, CancellationToken cancellationToken)
    {
        if (count < 0)
        {
            return null;
        }

        var elements = new List<object?>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
        {
            elements.Add(await ReadAsync(depth + 1, cancellationToken).ConfigureAwait(false));
        }

        return [.. elements];
    }

    private async Task<byte[]> ReadBulkAsync(int length, CancellationToken cancellationToken)
    {
        byte[] bulk = GC.AllocateUninitializedArray<byte>(length);
        int buffered = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(bulk);
        _start += buffered;
        await stream.ReadExactlyAsync(bulk.AsMemory(buffered), cancellationToken).ConfigureAwait(false);
        string end = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return end.Length == 0 ? bulk : throw Nonsense(end);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int count = _end < _buffer.Length ? await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false) : throw Nonsense("a line without an end");
            _end += count > 0 ? count : throw new EndOfStreamException("The server ended the connection.");
        }

        string line = Encoding.UTF8.GetString(_buffer, _start, length);
        _start += length + 2;
        return line;
    }

    private static long Number(string line, long least, long most) =>
        long.TryParse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
            ? value
            : throw Nonsense(line);

    private static InvalidDataException Nonsense(string line)
    {
        string shown = new([.. line.Take(60).Select(letter => char.IsControl(letter) ? '?' : letter)]);
        return new InvalidDataException($"The server does not speak Redis' protocol: it answered '{shown}'.");
    }
}
