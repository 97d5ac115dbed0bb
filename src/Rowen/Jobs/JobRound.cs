using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rowen.Commands;
using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.Jobs;

/// <summary>One connection with the cluster, and one map over the items that are not settled.</summary>
internal sealed class JobRound(
    JobStore store, JobId id, JobJournal journal, JobProgress progress, Func<JobTypes, byte[], byte[]> encodeText, Action<string> log)
{
    private static readonly TimeSpan UsagePatience = TimeSpan.FromSeconds(5);

    private readonly HashSet<LeaseId> _leases = [];
    private readonly Lock _lock = new();
    private PendingItems? _pending;
    private CapturedLambda? _lambda;
    private readonly CancellationTokenSource _draining = new();
    private bool _isDraining;

    private JobDescription Description => journal.History.Description!;

    /// <summary>Starts nothing more: the round ends when what runs has ended.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            _isDraining = true;
            _pending?.Close();
        }

        _draining.Cancel(); // what the map has read ahead is not begun either
    }

    /// <summary>Runs until every item is settled.</summary>
    /// <param name="usage">Takes what the round has used.</param>
    /// <param name="end">Ends it at once.</param>
    /// <exception cref="RowenException">Why it could not go on.</exception>
    public async Task RunAsync(JobUsage usage, CancellationToken end)
    {
        CodePackage? code = Description.Command is null ? OpenCode() : null;
        _lambda = Description.Lambda?.Read(store.Find(id).Lambda, Description.Function);
        var options = new RowenClientOptions { ClientName = ClientName(Environment.ProcessId, Environment.MachineName) };
        RowenClient client = await RowenClient.ConnectAsync(Description.Cluster, options, end).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = client.ConfigureAwait(false);
        try
        {
            await EndLeftLeasesAsync(client, end).ConfigureAwait(false);
            await RunItemsAsync(client, code, end).ConfigureAwait(false);
        }
        finally
        {
            await AddUsageAsync(client, usage).ConfigureAwait(false);
        }
    }

    /// <summary>The package as it was submitted, whatever its origin is now.</summary>
    private CodePackage OpenCode()
    {
        string folder = store.PackageFolder(Description.Package);
        CodePackage code = CodePackage.FromFolder(folder);
        return code.Id.ToString() == Description.Package ? code : throw new RowenException(
            ErrorCode.JobDamaged, $"The code of {id} in {folder} is not what was submitted: a file was changed, added or removed. Submit the job anew.");
    }

    /// <summary>What runs of this job hold that were killed: they would keep their cores until they expire, and run items that run anew.</summary>
    private async Task EndLeftLeasesAsync(RowenClient client, CancellationToken end)
    {
        HashSet<string> owners = [.. journal.History.Runs.SkipLast(1).Select(run => ClientName(run.ProcessId, run.Host))];
        owners.Remove(ClientName(Environment.ProcessId, Environment.MachineName));
        if (owners.Count == 0)
        {
            return;
        }

        foreach (LeaseView lease in (await client.LeasesAsync(end).ConfigureAwait(false)).Where(lease => lease.State != LeaseState.Ended && owners.Contains(lease.Client)))
        {
            await client.ReleaseAsync(lease.Id, end).ConfigureAwait(false);
            log($"{lease.Id} of a process that is gone was ended.");
        }
    }

    private string ClientName(int processId, string host) => $"{id} {processId} on {host}";

    private async Task FindTypesAsync(RowenClient client, CodePackage code, CancellationToken end)
    {
        LeaseRequest request = Request() with { Cores = 1, Code = code, Progress = progress };
        Lease lease = await client.LeaseAsync(request, end).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable release = lease.ConfigureAwait(false);
        lock (_lock)
        {
            _leases.Add(lease.Id);
        }

        Function function = lease.Function(FunctionName);
        journal.Add(new JobTypes(function.InputType, function.OutputType));
    }

    private string FunctionName => _lambda?.Name ?? Description.Function;

    private LeaseRequest Request()
    {
        var request = new LeaseRequest { MemoryBytes = Description.MemoryBytes, Lambda = _lambda };
        return Description.Policy?.Apply(request) ?? request;
    }

    private async Task RunItemsAsync(RowenClient client, CodePackage? code, CancellationToken end)
    {
        if (code is not null && journal.History.Types is null)
        {
            await FindTypesAsync(client, code, end).ConfigureAwait(false);
        }

        PendingItems pending = OpenItems();
        int firstLane = journal.NextLane;
        await (Description.Command is { } plan
            ? RunCommandsAsync(client, plan, pending, firstLane, end)
            : MapAsync(client, code!, pending, firstLane, end)).ConfigureAwait(false);
        await journal.CommitAsync().ConfigureAwait(false);
    }

    private PendingItems OpenItems()
    {
        if (!Description.Items.IsRange)
        {
            ItemFile.Verify(store.Find(id).Items, Description.Items.Hash);
        }

        var pending = new PendingItems(store.Find(id), Description.Items, journal.History.States, text => encodeText(journal.History.Types!, text));
        lock (_lock)
        {
            _pending = pending;
            if (_isDraining)
            {
                pending.Close();
            }
        }

        return pending;
    }

    private async Task MapAsync(RowenClient client, CodePackage code, PendingItems pending, int firstLane, CancellationToken end)
    {
        var options = new MapOptions
        {
            Cores = Description.Cores,
            Lease = Request(),
            Errors = MapErrors.Collect,
            Deadline = TimeSpan.FromMilliseconds(Description.DeadlineMs),
            Progress = progress,
            Draining = _draining.Token,
            LeaseJoined = (lease, lane) => Note(lease, firstLane + lane, coresPerLane: 1),
        };
        var items = new CountedSequence<RawPayload>(pending.Read(), pending.Count);
        await foreach (MapResult<RawPayload> result in Map.StreamOverClusterAsync<RawPayload, RawPayload>(
            client, items, code, FunctionName, Description.Policy?.Apply(options) ?? options, TimeProvider.System, end).ConfigureAwait(false))
        {
            journal.TrySettle(RecordOf(result, pending, firstLane), result);
            await journal.KeepUpAsync().ConfigureAwait(false);
        }
    }

    private async Task RunCommandsAsync(RowenClient client, CommandPlan plan, PendingItems pending, int firstLane, CancellationToken end)
    {
        var options = new CommandOptions
        {
            Cores = plan.Cores,
            MemoryBytes = Description.MemoryBytes,
            MaxRunning = plan.MaxRunning,
            TimeRequest = plan.TimeLimit,
            Errors = MapErrors.Collect,
            Progress = progress,
        };
        options.Check();
        LiveOutput.Clear(store.Find(id).Live);
        using var live = new LiveOutput(store.Find(id).Live);
        var run = new CommandRun(new CountedSequence<CommandItem>(pending.ReadCommands(plan), pending.Count), options)
        {
            PositionOf = pending.PositionOf,
            Live = live,
            Adjust = map => (Description.Policy?.ApplyLimits(map) ?? map) with
            {
                Draining = _draining.Token,
                LeaseJoined = (lease, lane) => Note(lease, firstLane + lane, plan.Cores),
            },
        };
        await foreach ((MapResult<byte[]> result, CommandOutcome outcome) in run.TellAsync(client, TimeProvider.System, end).ConfigureAwait(false))
        {
            plan.SaveFiles(outcome, store.Find(id).Folder); // before the item counts as done
            journal.TrySettle(RecordOf(result, pending, firstLane), outcome);
            await journal.KeepUpAsync().ConfigureAwait(false);
        }
    }

    private static ItemRecord RecordOf<T>(MapResult<T> result, PendingItems pending, int firstLane)
    {
        long startedAt = TimeProvider.System.GetUtcNow().UtcTicks - result.Duration.Ticks;
        return new ItemRecord(
            pending.PositionOf(result.Index), firstLane + result.Lane, Math.Max(startedAt, 0), Math.Max(result.Duration.Ticks, 0), result.Attempts);
    }

    private void Note(Lease lease, int firstLane, int coresPerLane)
    {
        log($"{lease.Id} on {lease.NodeName} takes part with {lease.Cores} cores, over {lease.Provider}.");
        lock (_lock)
        {
            _leases.Add(lease.Id);
        }

        for (int i = 0; i < lease.Cores / coresPerLane; i++)
        {
            journal.Add(new JobLane { Number = firstLane + i, Lease = lease.Id.ToString(), Node = lease.NodeName });
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A report without its usage is better than none.")]
    private async Task AddUsageAsync(RowenClient client, JobUsage usage)
    {
        try
        {
            using var bound = new CancellationTokenSource(UsagePatience, TimeProvider.System);
            foreach (UsageView view in await client.UsageAsync(bound.Token).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    if (_leases.Contains(view.Lease.Id))
                    {
                        usage.Set(view.Used);
                    }
                }
            }
        }
        catch (Exception exception)
        {
            log($"What {id} has used could not be asked: {exception.Message}");
        }
    }
}
