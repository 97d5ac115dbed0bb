using Microsoft.Extensions.Logging.Abstractions;
using Rowen.NodeAgent;
using Rowen.NodeAgent.Capacity;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Clusters;

namespace Rowen.TestExecutor;

/// <summary>A node agent that can be killed without the test.</summary>
internal static class AgentProcess
{
    public static Task RunAsync(string folder, string behavior)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Rowen.TestExecutor.dll");
        var command = new ExecutorCommand(Path.Combine(ExecutorCommand.DotnetRoot, "dotnet"), [program, behavior]);
        var settings = new AgentSettings
        {
            Cluster = new ClusterFile { Address = $"unix:{folder}/manager.sock" },
            StateFolder = Path.Combine(folder, "state"),
            Name = "testnode",
        };
        return AgentHost.RunAsync(
            settings, command, ControlGroups.OfThisProcess(), NullLoggerFactory.Instance, CancellationToken.None);
    }
}
