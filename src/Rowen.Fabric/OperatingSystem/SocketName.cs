using System.Globalization;
using System.Security.Cryptography;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Names of Unix sockets in Linux's abstract namespace: no file, nothing to leave behind.</summary>
public static class SocketName
{
    /// <summary>A name that nobody uses or can guess: <c>rowen-</c> and 128 random bits as 32 hexadecimal digits.</summary>
    /// <returns>Without the zero byte, or the @ that stands for it, in front.</returns>
    public static string Create() => string.Concat("rowen-", NextDigits(), NextDigits());

    /// <summary>Not by the hexadecimal converter, whose vector code is compiled at each start of a process.</summary>
    private static string NextDigits() =>
        BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))).ToString("x16", CultureInfo.InvariantCulture);
}
