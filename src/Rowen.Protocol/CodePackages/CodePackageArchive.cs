using System.Formats.Tar;
using System.Runtime.CompilerServices;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.CodePackages;

/// <summary>Code packages on the wire: a tar archive in the ustar format, of regular files only, in the manifest's order.</summary>
public static class CodePackageArchive
{
    /// <summary>Writes a folder as an archive.</summary>
    /// <param name="folder">An existing folder of at most <see cref="CodePackageLimits.Default"/>.</param>
    /// <param name="tar">Receives the archive; stays open.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <returns>What the archive holds.</returns>
    /// <exception cref="RowenException">As for <see cref="CodePackageFolder.List"/>.</exception>
    public static async Task<CodePackageManifest> WriteAsync(
        string folder, Stream tar, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<CodePackageSource> sources = CodePackageFolder.List(folder, CodePackageLimits.Default);
        var manifest = new CodePackageManifest(sources.Select(CodePackageFolder.Hash));
        var sourceOf = sources.ToDictionary(source => source.Path, StringComparer.Ordinal);
        await WriteAsync(manifest, file => sourceOf[file.Path].OpenRead(), tar, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>Writes described files as an archive; equal manifests give equal bytes.</summary>
    /// <param name="manifest">The files.</param>
    /// <param name="open">Opens the content of one of them.</param>
    /// <param name="tar">Receives the archive; stays open.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.PackageHashDiffers"/>: a file has another length than the manifest says.
    /// </exception>
    public static async Task WriteAsync(
        CodePackageManifest manifest,
        Func<CodePackageFile, Stream> open,
        Stream tar,
        CancellationToken cancellationToken = default)
    {
        var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true);
        await using ConfiguredAsyncDisposable ending = writer.ConfigureAwait(false); // writes the end mark
        foreach (CodePackageFile file in manifest.Files)
        {
            using Stream content = open(file);
            if (content.Length != file.LengthBytes)
            {
                throw new RowenException(
                    ErrorCode.PackageHashDiffers,
                    $"The file {file.Path} changed while its package was sent. Do not build and send at the same time.");
            }

            var entry = new UstarTarEntry(TarEntryType.RegularFile, file.Path)
            {
                DataStream = content,
                Mode = CodePackageArchiveReader.ModeOf(file.IsExecutable),
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Unpacks an archive that a peer sent.</summary>
    /// <param name="tar">The archive, hostile until read. Read up to its end mark; stays open.</param>
    /// <param name="emptyFolder">An existing, empty folder. What fails halfway leaves files in it: delete it then.</param>
    /// <param name="limits">The largest package to accept.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>
    /// The package that was unpacked. Whether it is the one that was wanted is the caller's to check:
    /// <see cref="ErrorCode.PackageHashDiffers"/>.
    /// </returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.MalformedMessage"/>, <see cref="ErrorCode.PackageTooLarge"/>. Nothing was written outside
    /// the folder.
    /// </exception>
    /// <remarks>
    /// Files become readable, and executable where the archive says so, for this user only, and writable for nobody.
    /// Errors of the disk, and of <paramref name="tar"/>, come out as they are.
    /// </remarks>
    public static async Task<CodePackageId> ExtractAsync(
        Stream tar, string emptyFolder, CodePackageLimits limits, CancellationToken cancellationToken = default) =>
        (await UnpackAsync(tar, emptyFolder, limits, cancellationToken).ConfigureAwait(false)).Id;

    /// <summary>The same, with all that was unpacked.</summary>
    /// <param name="tar">As above.</param>
    /// <param name="emptyFolder">As above.</param>
    /// <param name="limits">As above.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RowenException">As above.</exception>
    public static async Task<CodePackageManifest> UnpackAsync(
        Stream tar, string emptyFolder, CodePackageLimits limits, CancellationToken cancellationToken = default)
    {
        if (Directory.EnumerateFileSystemEntries(emptyFolder).Any())
        {
            throw new ArgumentException($"The folder {emptyFolder} is not empty.", nameof(emptyFolder));
        }

        var reader = new CodePackageArchiveReader(tar, Path.GetFullPath(emptyFolder), limits);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
    }
}
