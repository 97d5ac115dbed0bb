using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Roles;

/// <summary>Starts <c>rowen up</c> in a session of its own, so that it outlives the terminal, and waits until it is ready.</summary>
internal static class DetachedCluster
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public static async Task<UpAnswer> StartAsync(ClusterSettings settings, bool isVerbose, CancellationToken cancellationToken)
    {
        string log = Path.Combine(settings.StateFolder, "up.log");
        ClusterPresence.RefuseSecond(settings.ClusterPath); // before the log of the one that runs is moved aside
        if (ClusterPresence.OwnerOrNone(settings.StateFolder) is { } owner)
        {
            throw new RowenException(
                ErrorCode.StateFolderInUse,
                $"Process {owner} owns the state folder {settings.StateFolder}. End it with `rowen down --state {settings.StateFolder}`, or choose another with --state.");
        }

        using Process process = DetachedProgram.Start(RowenProgram.StartInfo(Arguments(settings, isVerbose)), log);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(StartTimeout);
        try
        {
            while (ClusterPresence.RunningOrNone(settings.ClusterPath)?.ManagerProcessId != process.Id)
            {
                if (process.HasExited)
                {
                    throw new RowenException(ErrorCode.ManagerUnreachable, $"The cluster did not start: {DetachedProgram.LastWords(log)} The log is {log}.");
                }

                await Task.Delay(PollPeriod, TimeProvider.System, bound.Token);
            }

            return await DescribeAsync(settings, log, bound.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new RowenException(
                ErrorCode.ManagerUnreachable, $"The cluster did not start within {StartTimeout.TotalSeconds:0} seconds. The log is {log}.");
        }
    }

    private static async Task<UpAnswer> DescribeAsync(ClusterSettings settings, string log, CancellationToken cancellationToken)
    {
        ClusterFile file = ClusterFiles.Read(settings.ClusterPath);
        if (settings.Harvests is not null)
        {
            return UpAnswer.Of(file, settings, log);
        }

        using var manager = new ManagerClient(file);
        NodeView? node;
        while ((node = (await manager.GetNodesAsync(cancellationToken)).FirstOrDefault(node => node.State == "up")) is null)
        {
            await Task.Delay(PollPeriod, TimeProvider.System, cancellationToken); // on a machine under load its agent may be late, or missed for a moment
        }

        return new UpAnswer
        {
            Cluster = settings.ClusterPath,
            Address = file.Address,
            ProcessId = file.ManagerProcessId,
            State = settings.StateFolder,
            Log = log,
            Node = node.Name,
            Cores = node.Cores,
            CoresAskedFor = settings.Cores,
            MemoryBytes = node.MemoryBytes,
        };
    }

    private static List<string> Arguments(ClusterSettings settings, bool isVerbose)
    {
        List<string> arguments =
        [
            "up", "--cluster", settings.ClusterPath, "--state", settings.StateFolder,
            "--pool", settings.PoolSize.ToString(CultureInfo.InvariantCulture),
        ];
        AddIf(settings.Listen is not null, "--listen", $"{settings.Listen}");
        AddIf(settings.LimitsFile is not null, "--limits", $"{settings.LimitsFile}");
        AddIf(settings.Cores is not null, "--cores", $"{settings.Cores}");
        AddIf(settings.MemoryBytes is not null, "--memory", $"{settings.MemoryBytes}");
        if (isVerbose)
        {
            arguments.Add("--verbose");
        }

        arguments.AddRange(settings.HarvestArguments);

        return arguments;

        void AddIf(bool condition, string name, string value)
        {
            if (condition)
            {
                arguments.AddRange([name, value]);
            }
        }
    }
}
