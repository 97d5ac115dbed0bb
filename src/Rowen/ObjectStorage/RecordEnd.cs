namespace Rowen.ObjectStorage;

/// <summary>Finds where records end, across any cut of their bytes.</summary>
/// <param name="records">What they are.</param>
/// <param name="isQuoted">Whether the first byte lies between quotes.</param>
internal sealed class RecordEnd(Records records, bool isQuoted = false)
{
    private const byte Break = (byte)'\n';
    private const byte Quote = (byte)'"';

    private bool _isQuoted = isQuoted;

    /// <summary>Looks for the first record end, and passes it, or all.</summary>
    /// <returns>Position of the line break; -1: there is none.</returns>
    public int Find(ReadOnlySpan<byte> bytes)
    {
        if (records == Records.Lines)
        {
            return bytes.IndexOf(Break);
        }

        for (int at = 0; at < bytes.Length; at++)
        {
            int next = _isQuoted ? bytes[at..].IndexOf(Quote) : bytes[at..].IndexOfAny(Break, Quote);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (bytes[at] == Break)
            {
                return at;
            }

            _isQuoted = !_isQuoted; // a doubled quote is left and entered again
        }

        return -1;
    }

    /// <summary>Passes bytes in which no end counts.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        if (records == Records.Csv)
        {
            _isQuoted ^= (bytes.Count(Quote) & 1) != 0;
        }
    }
}
