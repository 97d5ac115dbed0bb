using System.Diagnostics;
using System.Globalization;
using Rowen.LocalClusters;

namespace Rowen.Functions.ReadyToRun;

/// <summary>The folder in which NuGet keeps this user's packages, the ahead-of-time compiler among them.</summary>
internal sealed class NuGetFolder(string path)
{
    /// <summary>The environment variable that names another folder. It is NuGet's own, and read here and nowhere else.</summary>
    private const string Variable = "NUGET_PACKAGES";

    /// <summary>Fetching 12 MB takes seconds; a network that is not there may take a while to say so.</summary>
    private static readonly TimeSpan RestoreBound = TimeSpan.FromMinutes(2);

    public string Path => path;

    public static NuGetFolder OfUser() => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen
        ? chosen
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"));

    /// <summary>The newest compiler for a runtime, if it is there.</summary>
    public Crossgen? FindCompilerOrNone(Version runtime)
    {
        string package = System.IO.Path.Combine(path, Crossgen.PackageName);
        return !Directory.Exists(package) ? null : Directory.EnumerateDirectories(package)
            .Select(folder => (Program: System.IO.Path.Combine(folder, "tools", "crossgen2"), Version: VersionOrNone(folder)))
            .Where(each => each.Version is { } version && version.Major == runtime.Major && version.Minor == runtime.Minor && File.Exists(each.Program))
            .OrderByDescending(each => each.Version)
            .Select(each => new Crossgen(each.Program, each.Version!))
            .FirstOrDefault();
    }

    /// <summary>Has the SDK fetch what it compiles ahead of time with.</summary>
    /// <returns>Why it could not; null if it did.</returns>
    public async Task<string?> RestoreCompilerAsync(Version runtime, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rowen-crossgen-");
        try
        {
            string project = System.IO.Path.Combine(folder.FullName, "compiler.csproj");
            await File.WriteAllTextAsync(project, ProjectOf(runtime), cancellationToken).ConfigureAwait(false);
            var start = new ProcessStartInfo(RowenProgram.FindHost(), ["restore", project, "--packages", path, "-nodeReuse:false", "-v:quiet"]);
            start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
            (int exitCode, string said) = await BoundedProcess.RunAsync(start, RestoreBound, cancellationToken).ConfigureAwait(false);
            return exitCode == 0 ? null : $"`dotnet restore` could not fetch it either: {said}";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A program that would be published compiled: the compiler is all that its restoring brings.</summary>
    private static string ProjectOf(Version runtime) => string.Create(CultureInfo.InvariantCulture, $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net{runtime.Major}.{runtime.Minor}</TargetFramework>
            <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
            <SelfContained>false</SelfContained>
            <PublishReadyToRun>true</PublishReadyToRun>
          </PropertyGroup>
        </Project>
        """);

    private static Version? VersionOrNone(string folder) =>
        Version.TryParse(System.IO.Path.GetFileName(folder), out Version? version) ? version : null;
}
