using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Rowen.Journals;

namespace Rowen.Commands;

/// <summary>What commands that run still have printed, in one small file for each stream of each, which goes when the command has ended.</summary>
/// <remarks>
/// <para>A file is the position of its first byte in all that was printed, 8 bytes little-endian, and the bytes from there on. One that becomes too
/// long begins anew with what came last; so does that of a command that was begun again elsewhere.</para>
/// <para>Thread safety: any thread. A disk that is full or fails costs the sight of what runs, and nothing else.</para>
/// </remarks>
/// <param name="folder">For these files alone; made when the first comes.</param>
internal sealed class LiveOutput(string folder) : IDisposable
{
    /// <summary>Of one file.</summary>
    private const long MaxBytes = 1 << 20;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<long, bool> _running = new(); // as a set
    private readonly Dictionary<string, (long At, long End)> _files = new(StringComparer.Ordinal);

    /// <summary>Name of the folder beside what a run or job keeps.</summary>
    public const string FolderName = "live";

    /// <summary>A command may be under way from now on.</summary>
    public void Begin(long index) => _running[index] = true;

    /// <summary>It has ended: its report says all.</summary>
    public void End(long index)
    {
        lock (_lock)
        {
            _running.TryRemove(index, out _);
            foreach (bool isError in _files.Count == 0 ? [] : (bool[])[false, true])
            {
                if (_files.Remove(PathOf(folder, index, isError)))
                {
                    Try(() => File.Delete(PathOf(folder, index, isError)));
                }
            }
        }
    }

    /// <summary>Takes what an executor tells. Of a command that does not run, and what is no continuation of anything, nothing is believed.</summary>
    public void Add(CommandPrint print)
    {
        lock (_lock)
        {
            if (!_running.ContainsKey(print.Index) || print.At < 0 || print.At > long.MaxValue / 2 || print.Bytes.Length is 0 or > CommandPrint.MaxBytes)
            {
                return;
            }

            Try(() => Write(PathOf(folder, print.Index, print.IsError), print));
        }
    }

    /// <summary>Removes everything.</summary>
    public void Dispose() => Clear(folder);

    /// <summary>Removes what a process has left that was killed.</summary>
    public static void Clear(string folder) => Try(() =>
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>What a command has printed so far, as far as it is known.</summary>
    /// <returns>Where it begins, and the bytes; null if nothing is known, or the command has ended.</returns>
    public static (long At, byte[] Bytes)? ReadOrNone(string folder, long index, bool isError)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(PathOf(folder, index, isError));
            return bytes.Length < sizeof(long) ? null : (BinaryPrimitives.ReadInt64LittleEndian(bytes), bytes[sizeof(long)..]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // mostly: it is not there
        }
    }

    private static string PathOf(string folder, long index, bool isError) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{index}.{(isError ? "err" : "out")}"));

    private void Write(string path, CommandPrint print)
    {
        bool isNext = _files.TryGetValue(path, out (long At, long End) known) && known.End == print.At && print.At - known.At < MaxBytes;
        if (!isNext)
        {
            PrivateFiles.CreateFolder(folder);
        }

        string written = isNext ? path : path + ".new"; // readers see the old one or the new one
        using (FileStream file = PrivateFiles.Open(written, isNext ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            if (!isNext)
            {
                Span<byte> head = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(head, print.At);
                file.Write(head);
            }

            file.Write(print.Bytes.Span);
        }

        if (!isNext)
        {
            File.Move(written, path, overwrite: true);
        }

        _files[path] = (isNext ? known.At : print.At, print.At + print.Bytes.Length);
    }

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }
}
