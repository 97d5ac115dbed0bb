using Rowen.Commands;

namespace Rowen.Executor.Commands;

/// <summary>Tells the owner of the lease what a command prints that runs for long: a few times a second, and of what is too much the last part.</summary>
/// <param name="isError">Which stream.</param>
/// <param name="time">The clock.</param>
/// <remarks>Thread safety: none. Reused: one for each stream of a lane.</remarks>
internal sealed class PrintTeller(bool isError, TimeProvider time)
{
    /// <summary>What has ended by then is told of by its report.</summary>
    private static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly byte[] _last = new byte[CommandPrint.MaxBytes];
    private int _length;
    private long _total;
    private long _index;
    private long _startedAt;
    private long? _toldAt;

    /// <summary>Another command begins.</summary>
    public void Begin(long index)
    {
        _index = index;
        _startedAt = time.GetTimestamp();
        (_length, _total, _toldAt) = (0, 0, null);
    }

    /// <summary>Something was printed.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _total += bytes.Length;
        bytes = bytes[Math.Max(0, bytes.Length - _last.Length)..];
        int kept = Math.Min(_length, _last.Length - bytes.Length);
        _last.AsSpan(_length - kept, kept).CopyTo(_last);
        bytes.CopyTo(_last.AsSpan(kept));
        _length = kept + bytes.Length;
    }

    /// <summary>Tells what was printed since it was told last, if it is time.</summary>
    public void TellIfDue(Action<CommandPrint> tell)
    {
        if (_length > 0 && time.GetElapsedTime(_startedAt) >= FirstTime && (_toldAt is not { } toldAt || time.GetElapsedTime(toldAt) >= Period))
        {
            tell(new CommandPrint(_index, isError, _total - _length, _last.AsMemory(0, _length)));
            _length = 0;
            _toldAt = time.GetTimestamp();
        }
    }
}
