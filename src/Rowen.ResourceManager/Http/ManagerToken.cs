using System.Security.Cryptography;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Journal;

namespace Rowen.ResourceManager.Http;

/// <summary>What a client of the TCP listener must know: 256 random bits, base64, in a file of mode 0600.</summary>
internal static class ManagerToken
{
    private const int Bytes = 32;

    /// <summary>Loads the token of this state folder, or makes it.</summary>
    public static string LoadOrCreate(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                return Check(File.ReadAllText(path).Trim(), path);
            }

            string token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));
            StateFolder.WritePrivate(path, token);
            return token;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.StorageFailed, $"The token {path} cannot be kept: {exception.Message}", exception);
        }
    }

    private static string Check(string token, string path)
    {
        Span<byte> bytes = stackalloc byte[Bytes + 1];
        return Convert.TryFromBase64String(token, bytes, out int length) && length == Bytes
            ? token
            : throw new RowenException(
                ErrorCode.StorageFailed,
                $"The token {path} is damaged. Delete it to get a new one; cluster files must be written again then.");
    }
}
