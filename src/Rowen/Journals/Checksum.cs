using System.Numerics;
using System.Runtime.InteropServices;

namespace Rowen.Journals;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one. Finds every flipped bit.</summary>
internal static class Checksum
{
    /// <summary>The checksum of some bytes.</summary>
    /// <param name="bytes">They.</param>
    /// <param name="salt">Bytes of another journal have another checksum.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint salt = 0) => ~Continue(~salt, bytes);

    /// <summary>Takes more bytes into a running value, which begins as <c>~salt</c> and whose complement is the checksum.</summary>
    public static uint Continue(uint value, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            value = BitOperations.Crc32C(value, MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte one in bytes)
        {
            value = BitOperations.Crc32C(value, one);
        }

        return value;
    }
}
