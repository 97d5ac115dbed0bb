using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Identifiers;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>A home with a cluster that stays, for all tests of a class.</summary>
public sealed class JobClusterFixture : IAsyncLifetime
{
    internal PrivateHome Home { get; } = new();

    internal string ClusterFile => Path.Combine(Home.Home, ".rowen", "cluster.json");

    internal string JobsFolder => Path.Combine(Home.Home, ".rowen", "jobs");

    public async ValueTask InitializeAsync() => (await Home.RowenAsync("up", "--detach", "--cores", "2")).AssertDone();

    public async ValueTask DisposeAsync()
    {
        Finished down = await Home.RowenAsync("down");
        IReadOnlyList<int> left = await Home.ProcessesAfterAMomentAsync();
        Home.Dispose();
        down.AssertDone();
        Assert.Empty(left);
    }

    internal async Task<Job> SubmitAsync(params IEnumerable<string> arguments)
    {
        Finished submitted = await Home.RowenAsync(["submit", "--code", TestPackage.Folder, .. arguments]);
        submitted.AssertDone();
        return Job.Find(JobId.Parse(submitted.Output.Trim(), null), JobsFolder);
    }

    /// <summary>The lines that functions of <c>Witnesses</c> have left, of all processes.</summary>
    internal static string[] Traces(string file) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(file)!, $"{Path.GetFileName(file)}.*").SelectMany(File.ReadAllLines)];

    internal async Task<JsonElement> JsonAsync(params IEnumerable<string> arguments)
    {
        Finished finished = await Home.RowenAsync([.. arguments, "--output", "json"]);
        finished.AssertDone();
        return JsonDocument.Parse(finished.Output).RootElement;
    }
}
