namespace Rowen.Cli.Output;

/// <summary>Finds what is new in a log that is read again and again, and that forgets its oldest bytes.</summary>
internal sealed class LogTail
{
    private byte[] _last = [];

    /// <summary>The bytes that earlier readings did not have.</summary>
    /// <param name="log">All that the log holds now.</param>
    public ReadOnlyMemory<byte> TakeNew(byte[] log)
    {
        int start = log.AsSpan().StartsWith(_last) ? _last.Length : FindEndOfSeen(log);
        _last = log;
        return log.AsMemory(start);
    }

    /// <summary>The log has dropped its beginning: what was seen ends where the longest known tail of it ends.</summary>
    private int FindEndOfSeen(ReadOnlySpan<byte> log)
    {
        for (int length = Math.Min(_last.Length, log.Length); length > 0; length /= 2)
        {
            int found = log.IndexOf(_last.AsSpan(_last.Length - length));
            if (found >= 0)
            {
                return found + length;
            }
        }

        return 0;
    }
}
