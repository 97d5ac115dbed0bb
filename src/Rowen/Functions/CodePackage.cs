using System.Reflection;
using System.Text;
using Rowen.Functions.ReadyToRun;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Functions;

/// <summary>Functions and all that they need, as files of this machine, named by their content. Immutable.</summary>
/// <remarks>
/// Left out is what every executor has already, Rowen's own assemblies, and what runs nothing: the XML documentation
/// beside an assembly. Symbols stay, for the line numbers of remote stack traces. Thread
/// safety: any thread.
/// </remarks>
public sealed class CodePackage
{
    private static readonly HashSet<string> OfEveryExecutor =
        new(StringComparer.Ordinal) { "Rowen", "Rowen.Fabric", "Rowen.Protocol" };

    /// <summary>An executor tells its callers of every function of a package.</summary>
    private const int MaxListedFunctions = 256;

    private const UnixFileMode OwnersProgram = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Dictionary<string, CodePackageSource> _sources;
    private readonly byte[]? _functionList;
    private readonly CodePackage? _uncompiled;

    private CodePackage(string origin, IReadOnlyList<CodePackageSource> sources, byte[]? functionList, CodePackage? uncompiled = null)
    {
        _uncompiled = uncompiled;
        Origin = origin;
        _sources = sources.ToDictionary(source => source.Path, StringComparer.Ordinal);
        _functionList = functionList;
        IEnumerable<CodePackageFile> files = sources.Select(CodePackageHashes.Hash);
        Manifest = new CodePackageManifest(functionList is null ? files : [.. files, CodePackageHashes.HashList(functionList)]);
    }

    /// <summary>Names the package by its content: equal files have equal names, on every machine.</summary>
    public CodePackageId Id => Manifest.Id;

    /// <summary>The folder or file that it was made of.</summary>
    public string Origin { get; }

    /// <summary>What it consists of.</summary>
    public CodePackageManifest Manifest { get; }

    /// <summary>Why assemblies are sent as IL although <see cref="CompileAheadAsync"/> was asked for, and what to do; null: there is nothing to say.</summary>
    public string? WhyNotCompiled { get; private init; }

    internal IEnumerable<CodePackageSource> Sources => _sources.Values;

    /// <summary>All that lies in a folder, as <c>dotnet publish</c> or <c>dotnet build</c> left it.</summary>
    /// <param name="folder">An existing folder of at most 20,000 files and 512 MiB.</param>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.PackageTooLarge"/>; <see cref="ErrorCode.PackageUnusable"/>: no such folder, or something in it
    /// that cannot travel.
    /// </exception>
    /// <remarks>Reads every file once, and again only when its length or time of change differ.</remarks>
    public static CodePackage FromFolder(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        IReadOnlyList<CodePackageSource> files = CodePackageFolder.List(full, CodePackageLimits.Default, path => IsIncluded(full, path));
        return files.Count > 0
            ? new CodePackage(full, files, functionList: null)
            : throw new RowenException(ErrorCode.PackageUnusable, $"The folder {full} is empty: give the folder that `dotnet publish` wrote.");
    }

    /// <summary>The folder that an assembly was loaded from.</summary>
    /// <param name="assembly">An assembly with a file of its own.</param>
    /// <exception cref="ArgumentException">It has none: it is part of a single file, or was loaded from memory.</exception>
    /// <exception cref="RowenException">As for <see cref="FromFolder"/>.</exception>
    public static CodePackage FromAssembly(Assembly assembly) => LocationOf(assembly) is { Length: > 0 } location
        ? FromFolder(Path.GetDirectoryName(location)!)
        : throw new ArgumentException(
            $"The assembly {assembly.GetName().Name} has no file of its own that could be sent. "
            + "Build without PublishSingleFile and PublishAot, or give a folder to CodePackage.FromFolder.",
            nameof(assembly));

    /// <summary>The folder of the running program.</summary>
    /// <exception cref="RowenException">As for <see cref="FromFolder"/>.</exception>
    public static CodePackage OfThisProgram() => FromFolder(AppContext.BaseDirectory);

    /// <summary>One native library.</summary>
    /// <param name="path">A shared library for the executors' kind of machine, which needs no other file of yours.</param>
    /// <param name="functions">
    /// Exported symbols of the form
    /// <c>int32_t f(const void* in, uint64_t in_size, void* out, uint64_t* out_size)</c>; at least one. They must be named
    /// because C symbols carry no types: calling one of another form corrupts memory.
    /// </param>
    /// <exception cref="ArgumentException">No function is named, or a name is no C identifier.</exception>
    /// <exception cref="RowenException">As for <see cref="FromFolder"/>.</exception>
    /// <remarks>For several libraries, or native and .NET functions together, put a file <c>rowen.functions</c> into a folder.</remarks>
    public static CodePackage FromLibrary(string path, params IReadOnlyList<string> functions)
    {
        string name = Path.GetFileName(path);
        if (functions.Count == 0)
        {
            throw new ArgumentException(
                $"Name the functions of {name}: CodePackage.FromLibrary(\"{path}\", \"f\", \"g\").", nameof(functions));
        }

        if (functions.FirstOrDefault(function => !IsIdentifier(function)) is { } wrong)
        {
            throw new ArgumentException(
                $"'{wrong}' can be no function of {name}: exported C symbols have letters, digits and underscores, and begin with no digit.",
                nameof(functions));
        }

        string full = Path.GetFullPath(path);
        string target = File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        var file = new FileInfo(target);
        string? fault = Directory.Exists(target) ? "is a folder: give the file of a shared library, such as libsum.so"
            : !file.Exists ? "does not exist"
            : CodePackagePath.FindFault(name) is { } nameFault ? $"has a name that {nameFault}"
            : file.Length > CodePackageLimits.Default.MaxFileBytes ? $"has more than {CodePackageLimits.Default.MaxFileBytes} bytes"
            : null;
        if (fault is not null)
        {
            throw new RowenException(ErrorCode.PackageUnusable, $"The library {path} {fault}.");
        }

        byte[] list = Encoding.UTF8.GetBytes($"native {name}: {string.Join(", ", functions)}\n");
        return new CodePackage(full, [new CodePackageSource(name, file.FullName, file.Length, IsExecutable: false)], list);
    }

    /// <summary>One native library with everything that it exports: one package, whichever of its functions is called.</summary>
    /// <param name="path">As for <see cref="FromLibrary"/>.</param>
    /// <param name="function">The function that shall be called; what has another form than <see cref="FromLibrary"/> says must not be called by name.</param>
    /// <exception cref="ArgumentException">The name is no C identifier.</exception>
    /// <exception cref="RowenException">As for <see cref="FromFolder"/>.</exception>
    /// <remarks>A library that exports more than 256 functions, or does not say which, becomes a package with this one alone.</remarks>
    public static CodePackage FromWholeLibrary(string path, string function)
    {
        IReadOnlyList<string> exported = [];
        if (File.Exists(path))
        {
            try
            {
                exported = [.. NativeExports.Read(path).Where(IsIdentifier)];
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // FromLibrary says what is wrong with it.
            }
        }

        return FromLibrary(path, exported.Count <= MaxListedFunctions && exported.Contains(function) ? exported : [function]);
    }

    /// <summary>The same package with its assemblies compiled ahead of time (ReadyToRun), so that executors need not compile its methods before they first run.</summary>
    /// <param name="cancellationToken">Ends the compiler.</param>
    /// <returns>
    /// Another package, with another name; this one if nothing of it is IL alone. What cannot be compiled stays IL, all of it if there is no
    /// compiler: <see cref="WhyNotCompiled"/> then says what to do.
    /// </returns>
    /// <exception cref="IOException">What is compiled could not be written to <c>~/.rowen/ready-to-run</c>.</exception>
    /// <remarks>
    /// It is the SDK's compiler, crossgen2, of the user's NuGet folder or fetched there by <c>dotnet restore</c>, for this program's version of .NET. It takes half a second
    /// or so for each assembly; what was compiled is kept by content, version of .NET and of the compiler. An executor with another version of .NET may compile again by itself.
    /// </remarks>
    public Task<CodePackage> CompileAheadAsync(CancellationToken cancellationToken = default) =>
        PackageCompiler.OfUser().CompileAsync(this, cancellationToken);

    /// <summary>The same package with some of its files taken from elsewhere.</summary>
    internal CodePackage With(IReadOnlyCollection<CodePackageSource> compiled, string? whyNot) =>
        new(Origin, [.. _sources.Values.ExceptBy(compiled.Select(source => source.Path), source => source.Path), .. compiled], _functionList, this)
        {
            WhyNotCompiled = whyNot,
        };

    /// <summary>Writes the package as an archive, as resource manager and executors take it.</summary>
    /// <param name="tar">Receives the archive; stays open.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.PackageHashDiffers"/>: a file changed since.</exception>
    public Task WriteAsync(Stream tar, CancellationToken cancellationToken = default) =>
        CodePackageArchive.WriteAsync(Manifest, Open, tar, cancellationToken);

    /// <summary>Writes some of its files likewise.</summary>
    internal Task WriteAsync(CodePackageManifest part, Stream tar, CancellationToken cancellationToken) =>
        CodePackageArchive.WriteAsync(part, Open, tar, cancellationToken);

    /// <summary>Copies its files into an empty folder, of which <see cref="FromFolder"/> makes the same package again.</summary>
    internal void CopyTo(string folder)
    {
        foreach (CodePackageFile file in Manifest.Files)
        {
            string path = Path.Combine(folder, file.Path); // checked when the manifest was made: it leads nowhere else
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using Stream source = Open(file);
            using var target = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = file.IsExecutable ? OwnersProgram : OwnersProgram & ~UnixFileMode.UserExecute,
            });
            source.CopyTo(target);
            target.Flush(flushToDisk: true);
        }
    }

    /// <summary>Whether it holds a file that this program has loaded, with the same content.</summary>
    internal bool Holds(string location)
    {
        if (_uncompiled is not null)
        {
            return _uncompiled.Holds(location); // compiling changes files, and no type or method in them
        }

        string name = Path.GetFileName(location);
        return _sources.TryGetValue(name, out CodePackageSource source)
            && (source.Location == location || HashOf(name) == CodePackageHashes.Hash(
                new CodePackageSource(name, location, new FileInfo(location).Length, IsExecutable: false)).Sha256);
    }

    /// <summary>Origin and short name.</summary>
    public override string ToString() => $"{Origin} ({Id.ToShortString()}, {Manifest.Files.Count} files)";

    private string? HashOf(string path) => Manifest.Files.Where(file => file.Path == path).Select(file => file.Sha256).FirstOrDefault();

    private Stream Open(CodePackageFile file) => _functionList is not null && file.Path == CodePackageNames.NativeFunctions
        ? new MemoryStream(_functionList, writable: false)
        : _sources[file.Path].OpenRead();

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage(
        "SingleFile", "IL3000", Justification = "The empty answer of single files is what the caller asks about.")]
    private static string LocationOf(Assembly assembly) => assembly.Location;

    private static bool IsIncluded(string folder, string path)
    {
        string extension = Path.GetExtension(path);
        string stem = path[..^extension.Length];
        bool isOfEveryExecutor = extension is ".dll" or ".pdb" or ".xml" && OfEveryExecutor.Contains(stem);
        bool isDocumentation = extension == ".xml" && File.Exists(Path.Combine(folder, stem + ".dll"));
        return !isOfEveryExecutor && !isDocumentation;
    }

    private static bool IsIdentifier(string name) => name.Length is > 0 and <= 200
        && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
