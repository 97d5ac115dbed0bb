namespace Rowen.ObjectStorage;

/// <summary>Reads records from a stream, one after the other, without a copy of any. Thread safety: none.</summary>
public sealed class RecordReader : IDisposable
{
    private const int FirstBytes = 256 << 10;

    private readonly Stream _stream;
    private readonly RecordEnd _end;
    private byte[] _buffer = new byte[FirstBytes];
    private int _start;
    private int _searched;
    private int _filled;
    private bool _isDry;

    /// <summary>Reads records from where the stream stands to its end.</summary>
    /// <param name="stream">The stream, which is disposed with the reader.</param>
    /// <param name="records">What they are.</param>
    /// <exception cref="ArgumentException"><see cref="Records.Bytes"/> are no records.</exception>
    public RecordReader(Stream stream, Records records)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (records is not (Records.Lines or Records.Csv))
        {
            throw new ArgumentException($"{records} are no records.", nameof(records));
        }

        _stream = stream;
        _end = new RecordEnd(records);
    }

    /// <summary>Reads the next record.</summary>
    /// <param name="record">Its bytes without the <c>\n</c> or <c>\r\n</c> at its end; valid until the next call.</param>
    /// <returns>False: there is none.</returns>
    /// <exception cref="IOException">The stream fails, or a record has more than 2,147,483,591 bytes.</exception>
    public bool TryRead(out ReadOnlySpan<byte> record)
    {
        while (true)
        {
            int end = _end.Find(_buffer.AsSpan(_searched, _filled - _searched));
            if (end >= 0)
            {
                end += _searched;
                record = WithoutReturn(_buffer.AsSpan(_start, end - _start));
                _start = _searched = end + 1;
                return true;
            }

            _searched = _filled;
            if (_isDry)
            {
                record = _buffer.AsSpan(_start, _filled - _start);
                _start = _filled;
                return record.Length > 0;
            }

            Fill();
        }
    }

    /// <summary>Disposes the stream.</summary>
    public void Dispose() => _stream.Dispose();

    private static ReadOnlySpan<byte> WithoutReturn(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line[..^1] : line;

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _filled - _start).CopyTo(_buffer);
            (_searched, _filled, _start) = (_searched - _start, _filled - _start, 0);
        }
        else if (_filled == Array.MaxLength)
        {
            throw new IOException($"A record has more than {Array.MaxLength} bytes. Read part.Open() instead.");
        }

        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, 2L * _buffer.Length));
        }

        int count = _stream.Read(_buffer.AsSpan(_filled));
        _filled += count;
        _isDry = count == 0;
    }
}
