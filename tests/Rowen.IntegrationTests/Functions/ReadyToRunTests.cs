using Rowen.Functions;
using Rowen.Functions.ReadyToRun;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.IntegrationTests.ResourceManager;

namespace Rowen.IntegrationTests.Functions;

/// <summary>Code packages that are compiled ahead of time, by the SDK's own compiler.</summary>
public sealed class ReadyToRunTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>, IDisposable
{
    private static readonly AssemblyFile Il = new(IsManaged: true, IsUncompiled: true);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 300_000)]
    public async Task Functions_run_from_compiled_assemblies_and_nothing_is_compiled_twice()
    {
        CodePackage compiled = await Compiler(NuGetFolder.OfUser()).CompileAsync(TestPackage.Code, Bound);
        CodePackage again = await Compiler(NuGetFolder.OfUser()).CompileAsync(CodePackage.FromFolder(TestPackage.Folder), Bound);

        Assert.Null(compiled.WhyNotCompiled);
        Assert.NotEqual(TestPackage.Code.Id, compiled.Id);
        Assert.Equal(compiled.Id, again.Id);
        Assert.True(compiled.Holds(LocationOf(TestPackage.Code))); // what lambdas of a program are looked up in
        Assert.Equal(Il, AssemblyFile.Read(LocationOf(TestPackage.Code)));
        Assert.Equal(Il with { IsUncompiled = false }, AssemblyFile.Read(LocationOf(compiled)));
        Assert.Equal(TestPackage.Code.Manifest.Files.Select(file => file.Path).Order(), compiled.Manifest.Files.Select(file => file.Path).Order());
        await using Lease lease = await cluster.Client.LeaseAsync(new LeaseRequest { Code = compiled }, Bound);
        Assert.Equal("Hello, Wörld!", await lease.Function<string, string>("Greet").InvokeAsync("Wörld", cancellationToken: Bound));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_compiled_already_is_left_alone()
    {
        CodePackage compiled = await Compiler(NuGetFolder.OfUser()).CompileAsync(TestPackage.Code, Bound);

        Assert.Same(compiled, await Compiler(NuGetFolder.OfUser()).CompileAsync(compiled, Bound));
    }

    [Fact(Timeout = 300_000)]
    public async Task SDK_fetches_the_compiler_where_it_is_not()
    {
        var packages = new NuGetFolder(Path.Combine(_folder.Path, "packages"));

        Assert.Null(packages.FindCompilerOrNone(Environment.Version));
        string? fault = await packages.RestoreCompilerAsync(Environment.Version, Bound);

        Assert.Null(fault);
        Assert.Equal(Environment.Version.Major, packages.FindCompilerOrNone(Environment.Version)?.Version.Major);
    }

    [Fact(Timeout = 300_000)]
    public async Task Without_a_compiler_the_package_is_sent_as_it_is_and_says_what_to_do()
    {
        string file = Path.Combine(_folder.Path, "no-folder");
        await File.WriteAllTextAsync(file, string.Empty, Bound); // nothing can be fetched to where a file is

        CodePackage package = await Compiler(new NuGetFolder(file)).CompileAsync(TestPackage.Code, Bound);

        Assert.Equal(TestPackage.Code.Id, package.Id);
        Assert.Contains($"is not in {file}, and `dotnet restore` could not fetch it either: ", package.WhyNotCompiled, StringComparison.Ordinal);
        Assert.Contains("Install the .NET SDK 10.0", package.WhyNotCompiled, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Assembly_that_cannot_be_compiled_stays_IL_and_is_named()
    {
        string broken = Path.Combine(_folder.Path, "crossgen2");
        await File.WriteAllTextAsync(broken, "#!/bin/sh\necho it is broken\nexit 3\n", Bound);
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string packages = Path.Combine(_folder.Path, "packages", Crossgen.PackageName, Environment.Version.ToString(3), "tools");
        Directory.CreateDirectory(packages);
        File.Move(broken, Path.Combine(packages, "crossgen2"));

        CodePackage package = await Compiler(new NuGetFolder(Path.Combine(_folder.Path, "packages"))).CompileAsync(TestPackage.Code, Bound);

        Assert.Equal(TestPackage.Code.Id, package.Id);
        Assert.Contains("Rowen.TestFunctions.dll: it is broken", package.WhyNotCompiled, StringComparison.Ordinal);
    }

    private static string LocationOf(CodePackage package) => package.Sources.Single(source => source.Path == "Rowen.TestFunctions.dll").Location;

    private PackageCompiler Compiler(NuGetFolder packages) =>
        new(packages, new CompiledPackages(Path.Combine(_folder.Path, "compiled"), TimeProvider.System));
}
