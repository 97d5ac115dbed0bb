using System.Security.Cryptography;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.CodePackages;

/// <summary>Unpacks one archive, file after file, with one buffer.</summary>
internal sealed class CodePackageArchiveReader(Stream tar, string folder, CodePackageLimits limits)
{
    private const UnixFileMode UserOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly List<CodePackageFile> _files = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private long _totalBytes;

    public static UnixFileMode ModeOf(bool isExecutable) =>
        UnixFileMode.UserRead | (isExecutable ? UnixFileMode.UserExecute : UnixFileMode.None);

    public async Task<CodePackageManifest> ReadAsync(CancellationToken cancellationToken)
    {
        while (await ReadHeaderAsync(cancellationToken).ConfigureAwait(false) is { } header)
        {
            Admit(header);
            await UnpackAsync(header, cancellationToken).ConfigureAwait(false);
        }

        return new CodePackageManifest(_files);
    }

    private async Task<TarHeader?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        Memory<byte> block = _buffer.AsMemory(0, TarHeader.SizeBytes);
        await FillAsync(block, cancellationToken).ConfigureAwait(false);
        if (block.Span.IndexOfAnyExcept((byte)0) < 0) // the end mark
        {
            return null;
        }

        return TarHeader.TryRead(block.Span, out TarHeader header, out string? fault) ? header : throw Malformed(fault);
    }

    private void Admit(TarHeader header)
    {
        if (_files.Count == limits.MaxFileCount)
        {
            throw TooLarge($"more than {limits.MaxFileCount} files");
        }

        if (header.LengthBytes > limits.MaxFileBytes)
        {
            throw TooLarge($"a file, {header.Path}, of more than {limits.MaxFileBytes} bytes");
        }

        _totalBytes += header.LengthBytes; // cannot overflow: each is below 2^36
        if (_totalBytes > limits.MaxTotalBytes)
        {
            throw TooLarge($"more than {limits.MaxTotalBytes} bytes");
        }

        AdmitPath(header.Path);
    }

    /// <summary>Refuses a path that was there before, or that is a file here and a folder there.</summary>
    private void AdmitPath(string path)
    {
        bool isFree = _paths.Add(path) && !_folders.Contains(path);
        for (int slash = path.LastIndexOf('/'); isFree && slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            string parent = path[..slash];
            isFree = !_paths.Contains(parent);
            _folders.Add(parent);
        }

        if (!isFree)
        {
            throw Malformed($"the file {path} appears twice, or as a folder too");
        }
    }

    private async Task UnpackAsync(TarHeader header, CancellationToken cancellationToken)
    {
        string location = Path.Combine(folder, header.Path);
        using FileStream file = Create(location, header.IsExecutable);
        string hash = await CopyAsync(header.LengthBytes, file, cancellationToken).ConfigureAwait(false);
        _files.Add(new CodePackageFile(header.Path, header.LengthBytes, hash, header.IsExecutable));
    }

    private static FileStream Create(string location, bool isExecutable)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(location)!);
        }
        else
        {
            Directory.CreateDirectory(Path.GetDirectoryName(location)!, UserOnly);
            options.UnixCreateMode = ModeOf(isExecutable);
        }

        return new FileStream(location, options);
    }

    /// <summary>Copies a file's bytes, reads over what fills up its last block, and returns its hash.</summary>
    private async Task<string> CopyAsync(long lengthBytes, FileStream file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long left = lengthBytes;
        while (left > 0)
        {
            Memory<byte> piece = _buffer.AsMemory(0, (int)Math.Min(left, _buffer.Length));
            await FillAsync(piece, cancellationToken).ConfigureAwait(false);
            hash.AppendData(piece.Span);
            await file.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            left -= piece.Length;
        }

        int fillBytes = (int)(-lengthBytes & (TarHeader.SizeBytes - 1));
        await FillAsync(_buffer.AsMemory(0, fillBytes), cancellationToken).ConfigureAwait(false);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        int readBytes = await tar.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        if (readBytes < target.Length)
        {
            throw Malformed("it ends too early");
        }
    }

    private static RowenException Malformed(string fault) =>
        new(ErrorCode.MalformedMessage, $"This is not the archive of a code package: {fault}.");

    private static RowenException TooLarge(string excess) =>
        new(ErrorCode.PackageTooLarge, $"The code package has {excess}, the most that is accepted.");
}
