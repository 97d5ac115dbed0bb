using System.Text.Json;

namespace Rowen.IntegrationTests.Cli;

/// <summary><c>rowen data</c>: what a source holds, as its user sees it.</summary>
public sealed class DataVerbTests : IDisposable
{
    private readonly PrivateHome _home = new();
    private readonly string _folder;

    public DataVerbTests()
    {
        _folder = _home.Folder("data");
        File.WriteAllText(Path.Combine(_folder, "a.csv"), "1,\"x\ny\"\n2,z\n");
        File.WriteAllText(Path.Combine(_folder, "b.csv"), string.Empty);
        File.WriteAllText(Path.Combine(_folder, "c.txt"), "line\n");
    }

    public void Dispose() => _home.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task Objects_are_listed_counted_and_cut()
    {
        JsonElement listed = await JsonAsync("ls", $"{_folder}/*.csv");
        JsonElement counted = await JsonAsync("stat", $"{_folder}/", "--bytes", "4");
        JsonElement parts = await JsonAsync("parts", $"{_folder}/a.csv", "--count", "2", "--records", "csv");

        Assert.Equal(["a.csv", "b.csv"], listed.EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal([12L, 0L], listed.EnumerateArray().Select(one => one.GetProperty("bytes").GetInt64()));
        Assert.Equal((3, 1, 17L, 6L), (Number("objectCount"), Number("emptyCount"), Number("totalBytes"), Number("partCount")));
        Assert.Equal([(0L, 6L, false), (6L, 12L, true)], parts.EnumerateArray().Select(
            part => (part.GetProperty("start").GetInt64(), part.GetProperty("end").GetInt64(), part.GetProperty("startsQuoted").GetBoolean())));

        long Number(string name) => counted.GetProperty(name).GetInt64();
    }

    [Fact(Timeout = 120_000)]
    public async Task What_names_nothing_or_cannot_be_cut_is_told_on_standard_error()
    {
        File.WriteAllText(Path.Combine(_folder, "d.zst"), "?");

        Finished nothing = await _home.RowenAsync("data", "ls", $"{_folder}/*.cvs");
        Finished compressed = await _home.RowenAsync("data", "parts", $"{_folder}/d.zst", "--bytes", "4");
        Finished both = await _home.RowenAsync("data", "stat", _folder, "--bytes", "4", "--count", "2");

        Assert.All([nothing, compressed, both], finished => Assert.NotEqual(0, finished.ExitCode));
        Assert.All([nothing, compressed], finished => Assert.Empty(finished.Output));
        Assert.Contains("fits", nothing.Error, StringComparison.Ordinal);
        Assert.Contains(".zst is not decompressed", compressed.Error, StringComparison.Ordinal);
        Assert.Contains("--bytes and --count exclude each other", both.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> JsonAsync(params IEnumerable<string> arguments)
    {
        Finished finished = await _home.RowenAsync(["data", .. arguments, "--output", "json"]);
        finished.AssertDone();
        return JsonDocument.Parse(finished.Output).RootElement;
    }
}
