using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rowen.UnitTests.Architecture;

/// <summary>The map of the house. A new arrow or room is a decision: it changes this file, in review.</summary>
public sealed partial class RepositoryTests
{
    private static readonly string Root = FindRoot();

    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Rowen.Fabric"] = [],
        ["Rowen.Protocol"] = ["Rowen.Fabric"],
        ["Rowen.Analyzers"] = [], // netstandard2.0: compilers load it
        ["Rowen"] = ["Rowen.Analyzers", "Rowen.Protocol"], // packed beside it; never loaded by a program
        ["Rowen.ResourceManager"] = ["Rowen.Protocol"],
        ["Rowen.NodeAgent"] = ["Rowen.Protocol"],
        ["Rowen.S3"] = ["Rowen"], // for its packages' sake, which who has no use for S3 need not carry
        ["Rowen.Native"] = ["Rowen", "Rowen.S3"],
        ["Rowen.Executor"] = ["Rowen", "Rowen.S3"],
        ["Rowen.Cli"] = ["Rowen", "Rowen.Executor", "Rowen.NodeAgent", "Rowen.ResourceManager", "Rowen.S3"],
        ["Rowen.Testing"] = ["Rowen", "Rowen.Executor", "Rowen.NodeAgent", "Rowen.ResourceManager"],
    };

    private static readonly string[] MayUseUnsafe = ["Rowen.Executor", "Rowen.Fabric", "Rowen.Native"];

    public static TheoryData<string> Projects() =>
        [.. Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_references_only_what_the_map_shows(string project)
    {
        IEnumerable<string> references = Load(project).Descendants("ProjectReference")
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value))
            .Order(StringComparer.Ordinal);
        Assert.Equal(AllowedReferences[project], references);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Unsafe_code_stays_where_it_belongs(string project)
    {
        bool isUnsafe = Load(project).Descendants("AllowUnsafeBlocks").Any(item => item.Value == "true");
        Assert.Equal(MayUseUnsafe.Contains(project), isUnsafe);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespace_is_the_folder(string project)
    {
        string folder = Path.Combine(Root, "src", project);
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            Match found = NamespaceLine().Match(File.ReadAllText(file));
            string relative = Path.GetRelativePath(folder, Path.GetDirectoryName(file)!);
            string expected = relative == "." ? project : $"{project}.{relative.Replace('/', '.')}";
            Assert.True(!found.Success || found.Groups[1].Value == expected, $"{file} is in {found.Groups[1].Value}");
        }
    }

    [Fact]
    public void Log_event_ids_are_unique()
    {
        IEnumerable<IGrouping<string, string>> ids = Directory
            .EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => EventId().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .GroupBy(id => id);
        Assert.DoesNotContain(ids, id => id.Count() > 1);
    }

    private static XDocument Load(string project) =>
        XDocument.Load(Path.Combine(Root, "src", project, $"{project}.csproj"));

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rowen.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Rowen.slnx not found");
        }

        return folder;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex EventId();
}
