using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rowen.IntegrationTests.Cli;

/// <summary>The demo, as a user runs it.</summary>
public sealed partial class DemoTests : IDisposable
{
    private readonly PrivateHome _home = new();

    [Fact]
    public async Task Totals_of_the_demo_are_those_of_a_plain_loop()
    {
        string texts = WriteTexts(fileCount: 60);
        Dictionary<string, long> expected = CountByExpression(texts);

        Finished demo = await _home.RowenAsync("demo", texts, "--output", "json");

        demo.AssertDone();
        using var answer = JsonDocument.Parse(demo.Output);
        JsonElement root = answer.RootElement;
        Assert.True(root.GetProperty("agrees").GetBoolean());
        Assert.Equal(60, root.GetProperty("textFileCount").GetInt32());
        Assert.Equal(expected.Values.Sum(), root.GetProperty("wordCount").GetInt64());
        Assert.Equal(expected.Count, root.GetProperty("distinctWordCount").GetInt32());
        Assert.Equal(
            expected.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Take(20)
                .Select(word => (word.Key, word.Value)),
            root.GetProperty("top").EnumerateArray()
                .Select(word => (word.GetProperty("word").GetString()!, word.GetProperty("count").GetInt64())));
        Assert.Equal(["hot", "warm", "cold-pool"], root.GetProperty("latency").EnumerateArray().Select(row => row.GetProperty("mode").GetString()!));
        Assert.Equal(62, root.GetProperty("usage").GetProperty("used").GetProperty("invocationCount").GetInt64());
    }

    [Fact]
    public async Task Demo_leaves_nothing_behind()
    {
        HashSet<string> sharedBefore = [.. SharedMemoryFiles()];

        Finished demo = await _home.RowenAsync("demo", WriteTexts(fileCount: 5));

        demo.AssertDone();
        Assert.Contains("they agree, word for word", demo.Output, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync(sharedBefore);
    }

    /// <summary>To the demo alone, as a supervisor does; and to its whole process group, as a terminal or `timeout` does.</summary>
    [Theory]
    [InlineData(PrivateHome.Interruption, false, 130)]
    [InlineData(PrivateHome.Interruption, true, 130)]
    [InlineData(PrivateHome.Terminate, false, 143)]
    [InlineData(PrivateHome.Terminate, true, 143)]
    public async Task Interrupted_demo_leaves_nothing_behind(int signal, bool isForGroup, int exitCode)
    {
        HashSet<string> sharedBefore = [.. SharedMemoryFiles()];
        using Process demo = _home.Start("setsid", Repository.Rowen, "demo", WriteTexts(fileCount: 5));
        string? line = await PrivateHome.ReadLineAsync(demo);
        Assert.StartsWith("A cluster runs", line, StringComparison.Ordinal);

        PrivateHome.Signal(demo, signal, isForGroup);
        await PrivateHome.EndAsync(demo);

        Assert.Equal(exitCode, demo.ExitCode);
        await AssertNothingIsLeftAsync(sharedBefore);
    }

    public void Dispose() => _home.Dispose();

    private async Task AssertNothingIsLeftAsync(HashSet<string> sharedBefore)
    {
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(_home.Temporary), entry => Path.GetFileName(entry).Contains("rowen", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_home.Home, ".rowen")), "The demo left a folder .rowen.");
        Assert.Empty(SharedMemoryFiles().Except(sharedBefore));
    }

    private static IEnumerable<string> SharedMemoryFiles() =>
        Directory.EnumerateFiles("/dev/shm").Where(file => Path.GetFileName(file).Contains("rowen", StringComparison.OrdinalIgnoreCase));

    /// <summary>Texts, and what the demo must not count: a binary file, an empty one, and a folder that is skipped.</summary>
    private string WriteTexts(int fileCount)
    {
        string folder = _home.Folder("texts");
        for (int i = 0; i < fileCount; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, 300 + i).Select(n => $"word{n * n % (i + 7)} The"));
            File.WriteAllText(Path.Combine(folder, $"text{i}.txt"), text + ".\n");
        }

        File.WriteAllBytes(Path.Combine(folder, "binary"), [0, 1, 2, (byte)'n', (byte)'o']);
        File.WriteAllText(Path.Combine(folder, "binary2"), "words\0and more");
        File.WriteAllText(Path.Combine(folder, "empty"), string.Empty);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "artifacts")).FullName, "built.txt"), "not counted");
        return folder;
    }

    private static Dictionary<string, long> CountByExpression(string folder) => Directory.GetFiles(folder, "*.txt")
        .SelectMany(file => Word().Matches(File.ReadAllText(file)).Select(match => match.Value.ToLowerInvariant()))
        .GroupBy(word => word)
        .ToDictionary(group => group.Key, group => (long)group.Count());

    [GeneratedRegex("[A-Za-z0-9]+")]
    private static partial Regex Word();
}
