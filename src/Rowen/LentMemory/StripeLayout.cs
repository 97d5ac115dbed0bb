namespace Rowen.LentMemory;

/// <summary>How the bytes of a region lie in several parts: stripe after stripe, part after part.</summary>
/// <param name="PartCount">From 1.</param>
/// <param name="StripeBytes">Bytes of a stripe, from 1.</param>
internal readonly record struct StripeLayout(int PartCount, long StripeBytes)
{
    /// <summary>Bytes of one part of a region.</summary>
    public long LengthOf(int part, long regionBytes)
    {
        long whole = regionBytes / StripeBytes;
        long rest = regionBytes % StripeBytes;
        long stripes = (whole / PartCount) + (part < whole % PartCount ? 1 : 0);
        return (stripes * StripeBytes) + (part == whole % PartCount ? rest : 0);
    }

    /// <summary>Where a range of a region begins, and how much of it lies there together.</summary>
    /// <param name="offset">First byte of the range.</param>
    /// <param name="lengthBytes">Length of the range.</param>
    public StripePiece First(long offset, long lengthBytes)
    {
        if (PartCount == 1)
        {
            return new StripePiece(0, offset, lengthBytes);
        }

        long stripe = offset / StripeBytes;
        long within = offset % StripeBytes;
        return new StripePiece(
            (int)(stripe % PartCount), (stripe / PartCount * StripeBytes) + within, Math.Min(lengthBytes, StripeBytes - within));
    }
}
