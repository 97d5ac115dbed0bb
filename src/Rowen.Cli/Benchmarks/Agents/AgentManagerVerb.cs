using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Rowen.Cli.Logging;
using Rowen.Cli.Signals;
using Rowen.Protocol.Clusters;
using Rowen.ResourceManager;

namespace Rowen.Cli.Benchmarks.Agents;

/// <summary>The hidden verb behind which the measured manager runs: <c>rowen bench agents-manager FOLDER FILE</c>. It ends with its input.</summary>
internal static class AgentManagerVerb
{
    public const string Name = "agents-manager";

    /// <summary>Its agents are connections of one crowded process: that they are late says nothing about any node.</summary>
    private static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A folder of this user alone." };
        var file = new Argument<string>("file") { Description = "Where the cluster file goes." };
        var command = new Command(Name, "Is the manager that `bench agents` measures. Started by that itself.") { Hidden = true };
        command.Arguments.Add(folder);
        command.Arguments.Add(file);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(file), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string file, CancellationToken cancellationToken)
    {
        using StandardInputEnd input = StandardInputEnd.Watch();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(input.Token, cancellationToken);
        var settings = new ManagerSettings { StateFolder = Path.Combine(folder, "state"), ListenTcp = new IPEndPoint(IPAddress.Loopback, 0) };
        settings.Nodes.LostAfter = LostAfter;
        settings.Leases.MaxEndedCount = 10_000; // to be counted afterwards
        await ManagerHost.RunAsync(
            settings,
            builder => LineLoggerProvider.Configure(builder, LogLevel.Error),
            addresses => ClusterFiles.Write(file, addresses.ForOtherNodes()),
            end.Token);
        return 0;
    }
}
