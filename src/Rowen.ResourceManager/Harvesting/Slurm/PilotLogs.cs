using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>The folder in which pilots print. Slurm starts no job whose output cannot be opened.</summary>
internal static class PilotLogs
{
    private const int MaxCount = 200;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes it, and removes the oldest logs when there are many.</summary>
    public static void Prepare(string folder)
    {
        try
        {
            FileInfo[] logs = Directory.CreateDirectory(folder, OwnerOnly).GetFiles("*.log");
            foreach (FileInfo old in logs.OrderByDescending(log => log.LastWriteTimeUtc).Skip(MaxCount))
            {
                old.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.StorageFailed, $"The folder for the pilots' logs, {folder}, cannot be used: {exception.Message}", exception);
        }
    }
}
