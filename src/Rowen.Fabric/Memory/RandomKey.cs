using System.Security.Cryptography;

namespace Rowen.Fabric.Memory;

/// <summary>Keys of memory: whoever guesses one may use it, so nobody can.</summary>
internal static class RandomKey
{
    /// <summary>64 random bits, never all zero.</summary>
    public static ulong Next() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
}
