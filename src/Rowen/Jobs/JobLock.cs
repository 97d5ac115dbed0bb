using System.Diagnostics;
using Rowen.Journals;

namespace Rowen.Jobs;

/// <summary>The right to change a job, held by one process at a time. The kernel drops it with the process.</summary>
internal sealed class JobLock : IDisposable
{
    // Whoever only looks holds the lock for a moment, too.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private JobLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null if another process keeps it.</summary>
    public static async Task<JobLock?> TakeOrNoneAsync(string path, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(path) is { } held)
            {
                return held;
            }

            if (Stopwatch.GetElapsedTime(startedAt) > Patience)
            {
                return null;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same, without waiting.</summary>
    public static JobLock? TryTake(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None) is { } file ? new JobLock(file) : null;

    /// <summary>Whether a process holds it now.</summary>
    public static bool IsHeld(string path)
    {
        using FileStream? file = File.Exists(path) ? TryOpen(path, FileAccess.Read, FileShare.Read) : null;
        return file is null && File.Exists(path);
    }

    public void Dispose() => _file.Dispose();

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return PrivateFiles.Open(path, access == FileAccess.Read ? FileMode.Open : FileMode.OpenOrCreate, access, share);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            return null;
        }
    }
}
