using System.Reflection;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Lambdas;

/// <summary>What a program gets that references the package Rowen: the client, and the analyzer in its compiler.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private static readonly string Configuration = typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private readonly PrivateHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact(Timeout = 600_000)]
    public async Task Program_that_references_the_package_is_warned_of_what_cannot_travel()
    {
        string feed = _home.Folder("feed"), folder = _home.Folder("program");
        foreach (string project in (string[])["Rowen.Fabric", "Rowen.Protocol", "Rowen"])
        {
            (await _home.RunAsync(Bound, "dotnet", "pack", Path.Combine(Repository.Root, "src", project), "-c", Configuration, "--no-build", "-nologo", "-v:quiet", "-p:Version=0.0.1-test", "-o", feed)).AssertDone();
        }

        await WriteProgramAsync(folder, feed);
        Finished built = await _home.RunAsync(Bound, "dotnet", "build", folder, "-nologo", "-p:UseSharedCompilation=false");

        built.AssertDone();
        Assert.Matches(@"Program\.cs\(4,\d+\): warning ROWEN001: cannot ship .lambda\.client.: HttpClient\.", built.Output);
        Assert.Contains("    1 Warning(s)", built.Output, StringComparison.Ordinal);
    }

    /// <summary>Its packages go into a folder of the test's: one of that name and version may be something else tomorrow.</summary>
    private static async Task WriteProgramAsync(string folder, string feed)
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(folder, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>{packages}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Rowen" Version="0.0.1-test" />
              </ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), """
            using Rowen;
            await using RowenClient rowen = await RowenClient.ConnectAsync();
            using var client = new HttpClient();
            int[] lengths = await rowen.MapAsync(["a", "b"], url => client.GetStringAsync(url).Result.Length);
            Console.WriteLine(lengths.Length);
            """);
    }
}
