using Rowen.Commands;

namespace Rowen.Executor.Commands;

/// <summary>Keeps the first and the last part of what a command prints, within a bound. Reused: one for each stream of a lane.</summary>
/// <remarks>Thread safety: none. Between commands it holds on to a small buffer only.</remarks>
internal sealed class OutputKeeper
{
    private const int MaxIdleBytes = 64 * 1024;

    private byte[] _head = [];
    private byte[] _tail = []; // a ring
    private int _maxHead;
    private int _maxTail;
    private int _headLength;
    private long _tailTotal;

    /// <summary>Forgets what was kept.</summary>
    /// <param name="maxBytes">How much to keep from now on.</param>
    public void Begin(int maxBytes)
    {
        _maxHead = maxBytes - (maxBytes / 2);
        _maxTail = maxBytes / 2;
        _headLength = 0;
        _tailTotal = 0;
        _head = _head.Length > MaxIdleBytes ? [] : _head;
        _tail = [];
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        int fits = Math.Min(bytes.Length, _maxHead - _headLength);
        if (fits > 0)
        {
            Grow(ref _head, _headLength, fits, _maxHead);
            bytes[..fits].CopyTo(_head.AsSpan(_headLength));
            _headLength += fits;
        }

        AddToTail(bytes[Math.Max(fits, 0)..]);
    }

    public KeptOutput ToKept()
    {
        int tailLength = (int)Math.Min(_tailTotal, _maxTail);
        byte[] bytes = new byte[_headLength + tailLength];
        _head.AsSpan(0, _headLength).CopyTo(bytes);
        CopyTail(bytes.AsSpan(_headLength));
        bool isAll = _tailTotal <= _maxTail;
        return new KeptOutput(bytes, isAll ? bytes.Length : _headLength, _headLength + _tailTotal);
    }

    private void AddToTail(ReadOnlySpan<byte> bytes)
    {
        int skipped = Math.Max(0, bytes.Length - _maxTail); // they would be written over at once
        _tailTotal += skipped;
        bytes = bytes[skipped..];
        if (bytes.IsEmpty)
        {
            return;
        }

        Grow(ref _tail, (int)Math.Min(_tailTotal, _maxTail), bytes.Length, _maxTail);
        int at = (int)(_tailTotal % _maxTail);
        int first = Math.Min(bytes.Length, _maxTail - at);
        bytes[..first].CopyTo(_tail.AsSpan(at));
        bytes[first..].CopyTo(_tail);
        _tailTotal += bytes.Length;
    }

    private void CopyTail(Span<byte> target)
    {
        if (_tailTotal <= _maxTail)
        {
            _tail.AsSpan(0, target.Length).CopyTo(target);
            return;
        }

        if (_maxTail == 0)
        {
            return; // a bound of one byte, or none
        }

        int oldest = (int)(_tailTotal % _maxTail);
        _tail.AsSpan(oldest, _maxTail - oldest).CopyTo(target);
        _tail.AsSpan(0, oldest).CopyTo(target[(_maxTail - oldest)..]);
    }

    private static void Grow(ref byte[] buffer, int length, int more, int max)
    {
        long needed = Math.Min((long)length + more, max);
        if (buffer.Length < needed)
        {
            Array.Resize(ref buffer, (int)Math.Min(max, Math.Max(needed, 2L * buffer.Length)));
        }
    }
}
