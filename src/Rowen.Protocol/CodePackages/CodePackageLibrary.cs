using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.CodePackages;

/// <summary>The files of all code packages in one folder, by their content: of a package that comes, only the others are sent.</summary>
/// <remarks>
/// The folder belongs to one manager or one agent; each package lies below it in a folder of its name, and its manifest beside
/// that, as <c>NAME.manifest</c>. A package without one, or whose files were damaged, only costs that its files are sent again.
/// Thread safety: any thread.
/// </remarks>
public sealed class CodePackageLibrary
{
    private readonly string _folder;
    private readonly CodePackageLimits _limits;
    private readonly Lock _lock = new();
    private readonly Dictionary<CodePackageId, CodePackageManifest> _packages = [];
    private readonly Dictionary<(string Sha256, bool IsExecutable), string> _files = [];

    /// <summary>Opens what is there.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="limits">The largest package to accept.</param>
    public CodePackageLibrary(string folder, CodePackageLimits limits)
    {
        _folder = folder;
        _limits = limits;
        foreach (string path in Directory.EnumerateFiles(folder, "*.manifest").ToArray())
        {
            if (!Directory.Exists(path[..^".manifest".Length]))
            {
                File.Delete(path); // its package was removed
            }
            else if (new FileInfo(path).Length <= MaxManifestBytes(limits)
                && CodePackageManifest.TryRead(File.ReadAllBytes(path), limits, out CodePackageManifest? manifest)
                && path == ManifestOf(manifest.Id))
            {
                IndexLocked(manifest);
            }
        }
    }

    /// <summary>The longest text of a manifest.</summary>
    /// <param name="limits">The largest package to accept.</param>
    public static long MaxManifestBytes(CodePackageLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return 64 + (limits.MaxFileCount * (CodePackagePath.MaxBytes + 96L));
    }

    /// <summary>What a package consists of; null if it is not known.</summary>
    /// <param name="package">The package.</param>
    public CodePackageManifest? ManifestOrNone(CodePackageId package)
    {
        lock (_lock)
        {
            return _packages.GetValueOrDefault(package);
        }
    }

    /// <summary>A package has come, and lies in its folder.</summary>
    /// <param name="manifest">What it consists of.</param>
    public void Add(CodePackageManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        File.WriteAllBytes(ManifestOf(manifest.Id), manifest.ToUtf8());
        lock (_lock)
        {
            IndexLocked(manifest);
        }
    }

    /// <summary>A package is removed: call it before its folder goes.</summary>
    /// <param name="package">The package.</param>
    public void Remove(CodePackageId package)
    {
        File.Delete(ManifestOf(package));
        lock (_lock)
        {
            if (_packages.Remove(package))
            {
                _files.Clear(); // another package may have the same files: look again
                foreach (CodePackageManifest manifest in _packages.Values.ToArray())
                {
                    IndexLocked(manifest);
                }
            }
        }
    }

    /// <summary>The files of a package that no other package here has.</summary>
    /// <param name="manifest">The package.</param>
    public CodePackageManifest Lacking(CodePackageManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        lock (_lock)
        {
            return new CodePackageManifest(manifest.Files.Where(file => !_files.ContainsKey(KeyOf(file))).DistinctBy(KeyOf));
        }
    }

    /// <summary>Reads the text of a manifest that a peer sent.</summary>
    /// <param name="package">The package that it is said to describe.</param>
    /// <param name="utf8">The text, hostile until read.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedMessage"/>: it is none, or that of another package.</exception>
    public CodePackageManifest Read(CodePackageId package, ReadOnlySpan<byte> utf8) =>
        CodePackageManifest.TryRead(utf8, _limits, out CodePackageManifest? manifest) && manifest.Id == package
            ? manifest
            : throw new RowenException(ErrorCode.MalformedMessage, $"What came is not the manifest of code package {package.ToShortString()}…, or it exceeds the limits here.");

    /// <summary>Completes a folder that holds some files of a package with those that other packages here have.</summary>
    /// <param name="manifest">The package.</param>
    /// <param name="folder">The folder, with what was sent.</param>
    /// <returns>False if a file is missing here after all: then the whole package must be sent.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps a file from being copied, the whole package can still be sent.")]
    public bool TryComplete(CodePackageManifest manifest, string folder)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var sent = CodePackageFolder.Describe(folder, _limits).Files.ToDictionary(KeyOf, file => Path.Combine(folder, file.Path));
        foreach (CodePackageFile file in manifest.Files)
        {
            string target = Path.Combine(folder, file.Path);
            string? source;
            lock (_lock)
            {
                source = sent.GetValueOrDefault(KeyOf(file)) ?? _files.GetValueOrDefault(KeyOf(file));
            }

            try
            {
                if (source is null)
                {
                    return false;
                }

                if (!File.Exists(target))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(source, target); // with its mode; a link would keep the bytes of removed packages
                }
            }
            catch (Exception)
            {
                return false;
            }
        }

        return CodePackageFolder.Describe(folder, _limits).Id == manifest.Id;
    }

    private static (string Sha256, bool IsExecutable) KeyOf(CodePackageFile file) => (file.Sha256, file.IsExecutable);

    private string ManifestOf(CodePackageId package) => Path.Combine(_folder, $"{package}.manifest");

    private void IndexLocked(CodePackageManifest manifest)
    {
        _packages[manifest.Id] = manifest;
        foreach (CodePackageFile file in manifest.Files)
        {
            _files[KeyOf(file)] = Path.Combine(_folder, manifest.Id.ToString(), file.Path);
        }
    }
}
