using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Commands;

/// <summary>Where one lane's commands work: an empty folder for each, and one for temporary files.</summary>
/// <remarks>Thread safety: none; one lane. Folders that a command has left empty serve the next one.</remarks>
internal sealed class CommandFolder(string folder, string nodeName)
{
    private const long MaxFileBytes = 512L << 20; // of all files of an item: a result lies in memory several times
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _work = Path.Combine(folder, "work");
    private bool _isClean;

    /// <summary>For temporary files.</summary>
    public string Temporary { get; } = Path.Combine(folder, "tmp");

    /// <summary>Prepares an item's folder.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="RowenException">It is not there, or a file could not be written.</exception>
    public string Prepare(CommandItem item)
    {
        string work = item.WorkingFolder ?? _work;
        try
        {
            if (!_isClean)
            {
                Empty(Temporary);
                Empty(_work);
            }

            _isClean = false;
            if (item.WorkingFolder is not null && !Directory.Exists(work))
            {
                throw new DirectoryNotFoundException("there is no such folder. Is it on a file system that all nodes share?");
            }

            foreach (CommandFile file in item.FilesIn)
            {
                Write(work, file);
            }

            return work;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.CommandNotStarted,
                $"The working folder '{work}' on node {nodeName} could not be made ready: {exception.Message}",
                exception);
        }
    }

    /// <summary>Removes what the item has left, unless its folder is not ours.</summary>
    public void Clean()
    {
        try
        {
            Empty(Temporary);
            Empty(_work);
            _isClean = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next item says so, if it needs them; the agent removes them with the executor.
        }
    }

    /// <summary>Reads the files that an item has written.</summary>
    /// <returns>Those that are there.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.ResultTooLarge"/>, or one could not be read.</exception>
    public List<CommandFile> Collect(string work, IReadOnlyList<string> paths)
    {
        List<CommandFile> files = [];
        long total = 0;
        foreach (string path in paths)
        {
            var file = new FileInfo(Path.Combine(work, path));
            if (FileStatus.OfOrNone(file.FullName) is not { IsRegular: true })
            {
                continue; // not there; or a pipe, which would hold us until somebody writes
            }

            total += file.Length;
            if (total > MaxFileBytes)
            {
                throw new RowenException(ErrorCode.ResultTooLarge, string.Create(
                    CultureInfo.InvariantCulture,
                    $"The files that the command on node {nodeName} has to bring back exceed {MaxFileBytes >> 20} MiB with '{path}'. Write it to a shared file system or a store."));
            }

            files.Add(new CommandFile(path, Read(file)));
        }

        return files;
    }

    private byte[] Read(FileInfo file)
    {
        try
        {
            return File.ReadAllBytes(file.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.CommandFailed, $"'{file.FullName}' on node {nodeName}, which the command has written, could not be read: {exception.Message}", exception);
        }
    }

    private static void Empty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return;
        }

        ScratchFolder.Remove(folder);
        Directory.CreateDirectory(folder, Private);
    }

    private static void Write(string work, CommandFile file)
    {
        string path = Path.Combine(work, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (file.IsExecutable ? UnixFileMode.UserExecute : 0),
        };
        using var stream = new FileStream(path, options);
        stream.Write(file.Content.Span);
    }
}
