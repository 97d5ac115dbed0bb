using System.Text;

namespace Rowen.NodeAgent.Logs;

/// <summary>The last bytes that a process printed, for explaining its end.</summary>
/// <remarks>Thread safety: one owner.</remarks>
internal sealed class OutputTail(int sizeBytes = 16 * 1024)
{
    private readonly byte[] _bytes = new byte[sizeBytes];
    private long _written;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> kept = bytes.Length > sizeBytes ? bytes[^sizeBytes..] : bytes;
        int start = (int)((_written + bytes.Length - kept.Length) % sizeBytes);
        int first = Math.Min(kept.Length, sizeBytes - start);
        kept[..first].CopyTo(_bytes.AsSpan(start));
        kept[first..].CopyTo(_bytes);
        _written += bytes.Length;
    }

    /// <summary>The bytes as text; what is not UTF-8 becomes the replacement character.</summary>
    public override string ToString()
    {
        if (_written <= sizeBytes)
        {
            return Encoding.UTF8.GetString(_bytes, 0, (int)_written);
        }

        int start = (int)(_written % sizeBytes);
        return Encoding.UTF8.GetString([.. _bytes.AsSpan(start), .. _bytes.AsSpan(0, start)]);
    }
}
