using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Rowen.Protocol.CodePackages;

namespace Rowen.Functions.ReadyToRun;

/// <summary>Compiles the assemblies of code packages ahead of time, on this machine and with this user's rights.</summary>
internal sealed class PackageCompiler(NuGetFolder packages, CompiledPackages compiled)
{
    public static PackageCompiler OfUser() => new(NuGetFolder.OfUser(), CompiledPackages.OfUser());

    /// <summary>Compiles what is IL alone. The rest is left as it is, and all of it where there is no compiler.</summary>
    public async Task<CodePackage> CompileAsync(CodePackage package, CancellationToken cancellationToken)
    {
        List<(CodePackageSource Source, AssemblyFile Kind)> assemblies = [.. package.Sources
            .Where(source => Path.GetExtension(source.Path) == ".dll")
            .Select(source => (Source: source, Kind: AssemblyFile.Read(source.Location)))
            .Where(each => each.Kind.IsManaged)];
        CodePackageSource[] uncompiled = [.. assemblies.Where(each => each.Kind.IsUncompiled).Select(each => each.Source)];
        if (uncompiled.Length == 0)
        {
            return package;
        }

        (Crossgen? compiler, string fault) = await FindCompilerAsync(cancellationToken).ConfigureAwait(false);
        if (compiler is null)
        {
            return package.With([], fault);
        }

        (string folder, string faults) = await compiled.GetAsync(
            CompiledPackages.NameOf(package.Id, Environment.Version, compiler.Version),
            target => FillAsync(compiler, uncompiled, assemblies.Select(each => each.Source.Location), target, cancellationToken)).ConfigureAwait(false);
        return package.With(
            [.. uncompiled.Select(source => ReplaceOrNone(source, folder)).OfType<CodePackageSource>()],
            faults.Length == 0 ? null : $"Some assemblies are sent as IL, since crossgen2 {compiler.Version} could not compile them: {faults}");
    }

    private async Task<(Crossgen? Compiler, string Fault)> FindCompilerAsync(CancellationToken cancellationToken)
    {
        Version runtime = Environment.Version;
        if (packages.FindCompilerOrNone(runtime) is { } found)
        {
            return (found, string.Empty);
        }

        string? why = await packages.RestoreCompilerAsync(runtime, cancellationToken).ConfigureAwait(false);
        return (packages.FindCompilerOrNone(runtime),
            $"The package is sent as IL: the compiler {Crossgen.PackageName} {runtime.Major}.{runtime.Minor} is not in {packages.Path}, and {why ?? "the SDK restored another version"}. "
            + $"Install the .NET SDK {runtime.Major}.{runtime.Minor} and run `dotnet publish -r linux-x64 -p:PublishReadyToRun=true` of any program once where NuGet is reached.");
    }

    private static async Task<string> FillAsync(
        Crossgen compiler, CodePackageSource[] sources, IEnumerable<string> ofPackage, string target, CancellationToken cancellationToken)
    {
        string[] references = [.. ofPackage, .. OfEveryExecutor()];
        var faults = new ConcurrentQueue<string>();
        var bound = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            sources,
            bound,
            async (source, token) =>
            {
                string file = Path.Combine(target, source.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                if (await compiler.CompileAsync(source.Location, file, references, token).ConfigureAwait(false) is { } fault)
                {
                    File.Delete(file);
                    faults.Enqueue($"{source.Path}: {fault}");
                }
            }).ConfigureAwait(false);
        return string.Join("; ", faults.Order(StringComparer.Ordinal));
    }

    private static CodePackageSource? ReplaceOrNone(CodePackageSource source, string folder)
    {
        var file = new FileInfo(Path.Combine(folder, source.Path));
        return file.Exists ? source with { Location = file.FullName, LengthBytes = file.Length } : null;
    }

    /// <summary>What assemblies are compiled against beside their package: Rowen's own, and the frameworks that executors have.</summary>
    private static IEnumerable<string> OfEveryExecutor()
    {
        string framework = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string web = Path.Combine(framework, "..", "..", "Microsoft.AspNetCore.App", Path.GetFileName(framework));
        return new[] { AppContext.BaseDirectory, framework, web }
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll"))
            .Where(file => AssemblyFile.Read(file).IsManaged);
    }
}
