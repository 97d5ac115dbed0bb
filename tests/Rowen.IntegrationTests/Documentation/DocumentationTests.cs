using System.Text;
using System.Text.RegularExpressions;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Documentation;

/// <summary>What README and docs say is true: links lead somewhere, code compiles, commands run.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string[] Languages = ["bash", "csharp", "python", "text"];

    private readonly PrivateHome _home = new();

    public static TheoryData<string> Files() =>
    [
        .. new[] { "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md" },
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Select(path => Path.GetRelativePath(Repository.Root, path)),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Links_lead_to_files_that_exist(string file)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, file))!;
        IEnumerable<string> links = Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, file)))
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(link => link.Length > 0 && !link.StartsWith("http", StringComparison.Ordinal));

        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{file} links to {link}, which is not there."));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Code_is_in_a_language_that_is_checked(string file) =>
        Assert.All(CodeBlock.In(Repository.Root, file), block => Assert.Contains(block.Language, Languages));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Commands_and_programs_in_Python_run(string file)
    {
        CodeBlock[] blocks = [.. CodeBlock.In(Repository.Root, file).Where(block => block.Language is "bash" or "python")];
        if (blocks.Length == 0)
        {
            return; // nothing is claimed
        }

        string script = Path.Combine(_home.Temporary, "blocks.sh");
        await File.WriteAllTextAsync(script, string.Join('\n', blocks.Select(block => $"# {block}\n{Command(block)}\n")), TestContext.Current.CancellationToken);
        Finished finished = await _home.RunAsync(TimeSpan.FromMinutes(5), "/bin/bash", "-xeuo", "pipefail", script);

        finished.AssertDone();
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    [Fact]
    public async Task Code_compiles()
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "documentation");
        Directory.CreateDirectory(folder);
        Array.ForEach(Directory.GetFiles(folder, "*.cs"), File.Delete);
        CodeBlock[] blocks = [.. Files().SelectMany(file => CodeBlock.In(Repository.Root, file.Data)).Where(block => block.Language == "csharp")];
        Assert.NotEmpty(blocks);
        foreach (string name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), "<Project/>", TestContext.Current.CancellationToken);
        }

        for (int i = 0; i < blocks.Length; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"Block{i}.cs"), Wrap(blocks[i], i), TestContext.Current.CancellationToken);
        }

        string project = Path.Combine(folder, "Documentation.csproj");
        await File.WriteAllTextAsync(project, Project(), TestContext.Current.CancellationToken);
        Finished build = await _home.RunAsync(
            TimeSpan.FromMinutes(5), "dotnet", "build", project, "-nologo", "-v:quiet", "-p:UseSharedCompilation=false");

        build.AssertDone();
    }

    [Fact]
    public async Task Function_in_the_README_is_the_sample_that_it_says_how_to_run()
    {
        string sample = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "lines.cs"), TestContext.Current.CancellationToken);
        IEnumerable<string> code = sample.TrimEnd().Split('\n').Where(line => !line.StartsWith("#:", StringComparison.Ordinal)).SkipWhile(line => line.Length == 0);

        CodeBlock block = Assert.Single(CodeBlock.In(Repository.Root, "README.md"), block => block.Language == "csharp");

        Assert.Equal(code, block.Text.Split('\n'));
    }

    [Fact]
    public async Task Sample_in_one_file_runs()
    {
        Finished squares = await _home.RunAsync(TimeSpan.FromMinutes(5), "dotnet", "run", "samples/squares.cs");

        squares.AssertDone();
        Assert.Contains("The sum of the first thousand squares is 332833500.", squares.Output, StringComparison.Ordinal);
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    public void Dispose() => _home.Dispose();

    /// <summary>A page is one script: its programs are run by the Python that its commands have left on the path.</summary>
    private string Command(CodeBlock block)
    {
        if (block.Language == "bash")
        {
            return block.Text;
        }

        string program = Path.Combine(_home.Temporary, $"block{block.Line}.py");
        File.WriteAllText(program, block.Text + "\n");
        return $"python3 {program}";
    }

    /// <summary>Several programs in one project: each block's statements become a method, its types stay types.</summary>
    private static string Wrap(CodeBlock block, int number)
    {
        string[] lines = block.Text.Split('\n');
        int types = Array.FindIndex(lines, line => TypeLine().IsMatch(line));
        string[] statements = types < 0 ? lines : lines[..types];
        var text = new StringBuilder($"namespace Block{number};\n");
        text.AppendJoin('\n', statements.Where(line => UsingLine().IsMatch(line)));
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\ninternal static class Program{number}\n{{\n    internal static async Task RunAsync()\n    {{\n");
        text.Append("        await Task.CompletedTask;\n");
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"#line {block.Line + 1} \"{Path.Combine(Repository.Root, block.File)}\"\n");
        text.AppendJoin('\n', statements.Where(line => !UsingLine().IsMatch(line)));
        text.Append("\n    }\n}\n");
        text.AppendJoin('\n', types < 0 ? [] : lines[types..]);
        return text.ToString();
    }

    private static string Project() => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            <Reference Include="{Repository.Root}/artifacts/rowen/Rowen.dll" />
            <Reference Include="{Repository.Root}/artifacts/rowen/Rowen.Protocol.dll" />
            <Reference Include="{Repository.Root}/artifacts/rowen/Rowen.Fabric.dll" />
          </ItemGroup>
        </Project>
        """;

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^(public|internal|file|\[|/// )")]
    private static partial Regex TypeLine();
}
