using Microsoft.Extensions.Logging.Abstractions;
using Rowen.NodeAgent;
using Rowen.NodeAgent.Capacity;
using Rowen.NodeAgent.Executors;
using Rowen.NodeAgent.Logs;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.NodeAgent.Executors;

public sealed class ExecutorSupervisorTests : IDisposable
{
    private static readonly ExecutorNumber First = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-supervisor-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task Executor_that_is_killed_before_its_start_never_starts()
    {
        string witness = Path.Combine(_folder, "started");
        var ended = new TaskCompletionSource<AgentInput.Ended>();
        var logs = new LogFolder(Directory.CreateDirectory(Path.Combine(_folder, "logs")).FullName, 1024, 1, TimeSpan.FromDays(1), TimeProvider.System);
        var options = new ExecutorSupervisorOptions
        {
            NodeName = "n1",
            Command = new ExecutorCommand("/bin/sh", ["-c", $"touch {witness}"]),
            RunFolder = Directory.CreateDirectory(Path.Combine(_folder, "run")).FullName,
            ControlGroups = new ControlGroups(null, null, null),
        };
        await using var supervisor = new ExecutorSupervisor(
            options, logs, input => ended.TrySetResult((AgentInput.Ended)input), NullLogger.Instance);

        supervisor.Start(First);
        supervisor.Kill(First, new ErrorAnswer(ErrorCode.LeaseRevoked, "the node is needed"));
        supervisor.Start();
        AgentInput.Ended end = await ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        await supervisor.DisposeAsync();

        Assert.Equal(new AgentInput.Ended(First, new ExecutorEnd(ErrorCode.LeaseRevoked, "the node is needed", null)), end);
        Assert.False(File.Exists(witness));
        Assert.Empty(Directory.GetDirectories(options.RunFolder));
    }
}
