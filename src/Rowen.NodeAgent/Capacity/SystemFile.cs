namespace Rowen.NodeAgent.Capacity;

/// <summary>Small files that the kernel writes; any of them may be missing, forbidden, or gone with its process.</summary>
internal static class SystemFile
{
    public static string? ReadOrNone(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static bool TryWrite(string path, string text)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text)); // in one piece, as such files demand
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
