using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rowen.ObjectStorage.Redis;

/// <summary>What the table of objects says of one: <c>blob:length:sha256</c>, where the blob's name is new with each put.</summary>
/// <param name="Blob">Name of the key that holds the content.</param>
/// <param name="LengthBytes">Its size.</param>
/// <param name="Sha256">Of the content.</param>
internal sealed record RedisEntry(string Blob, long LengthBytes, byte[] Sha256)
{
    public string Write() => string.Create(CultureInfo.InvariantCulture, $"{Blob}:{LengthBytes}:{Convert.ToHexStringLower(Sha256)}");

    /// <summary>Never throws: another program may have written it.</summary>
    public static bool TryRead(object? value, out RedisEntry entry)
    {
        entry = new RedisEntry(string.Empty, 0, []);
        string[] parts = value is byte[] { Length: < 200 } bytes ? Encoding.UTF8.GetString(bytes).Split(':') : [];
        if (parts.Length != 3 || parts[0].Length == 0 || parts[2].Length != 2 * SHA256.HashSizeInBytes || !parts[2].All(char.IsAsciiHexDigit)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long lengthBytes))
        {
            return false;
        }

        entry = new RedisEntry(parts[0], lengthBytes, Convert.FromHexString(parts[2]));
        return true;
    }

    public StoredObject Describe(string name) => new(name, LengthBytes, Blob);
}
