using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Rowen.Maps;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Commands;

/// <summary>A map whose function is the executor's own and whose items are commands: encodes, decodes, and says what failed.</summary>
internal sealed class CommandRun(IEnumerable<CommandItem> items, CommandOptions options)
{
    /// <summary>What is under way and not yet told of; bounded by what the map has under way.</summary>
    private readonly ConcurrentDictionary<long, CommandItem> _underWay = new();

    private long _done;
    private long _failed;

    /// <exception cref="ArgumentException">The item cannot run so.</exception>
    public static void Check(CommandItem item, CommandOptions options)
    {
        item.Check();
        if (item.Cores != options.Cores)
        {
            throw new ArgumentException(
                $"The command '{item.Arguments[0]}' wants {item.Cores} cores, and CommandOptions.Cores is {options.Cores}: all items of a run have the same.");
        }
    }

    /// <summary>Position of an item in the whole, of which only some are to be run; null: they are the whole.</summary>
    public Func<long, long>? PositionOf { get; init; }

    /// <summary>Shows what commands print while they run; null: nobody looks.</summary>
    public LiveOutput? Live { get; init; }

    /// <summary>What else the map is told; null: nothing.</summary>
    public Func<MapOptions, MapOptions>? Adjust { get; init; }

    public async IAsyncEnumerable<CommandOutcome> StreamAsync(
        RowenClient client, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((_, CommandOutcome told) in TellAsync(client, time, cancellationToken).ConfigureAwait(false))
        {
            yield return told;
            if (told.Error is { } error && options.Errors == MapErrors.Stop)
            {
                throw new MapException([new MapFailure(told.Index, error)], 1, _done); // its outcome was told before
            }
        }
    }

    /// <summary>Runs them; tells of each where and how long, and what came of it.</summary>
    public async IAsyncEnumerable<(MapResult<byte[]> Result, CommandOutcome Outcome)> TellAsync(
        RowenClient client, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MapOptions map = CreateMapOptions();
        IAsyncEnumerable<MapResult<byte[]>> results = Map.StreamOverClusterAsync<byte[], byte[]>(
            client, Orders(), code: null, CommandOrder.Function.Name, WithLive(Adjust?.Invoke(map) ?? map), time, cancellationToken);
        await foreach (MapResult<byte[]> result in results.ConfigureAwait(false))
        {
            _underWay.TryRemove(result.Index, out CommandItem? item);
            CommandOutcome told = Read(result, Place(result.Index), item!);
            Interlocked.Increment(ref told.Error is null ? ref _done : ref _failed);
            yield return (result, told);
            Live?.End(told.Index); // when its report has been kept
        }
    }

    private long Place(long index) => PositionOf?.Invoke(index) ?? index;

    private static CommandOutcome Read(MapResult<byte[]> result, long index, CommandItem item) =>
        result.Error is { } error ? new CommandOutcome(index, new CommandReport(), error)
        : ControlMessage.TryRead(result.Value, out CommandReport report) && report.Files.All(file => item.FilesOut.Contains(file.Path))
            ? CommandFailure.Judge(index, item, report)
        : new CommandOutcome(index, new CommandReport(), new RowenException(
            ErrorCode.MalformedMessage, $"The executor's report on item {index} could not be read."));

    private IEnumerable<byte[]> Orders()
    {
        IEnumerable<byte[]> orders = items.Select((item, index) =>
        {
            Check(item, options);
            _underWay[index] = item;
            Live?.Begin(Place(index));
            return ControlMessage.Write(new CommandOrder(Place(index), item));
        });
        return items.TryGetNonEnumeratedCount(out int count) ? new CountedSequence<byte[]>(orders, count) : orders;
    }

    private MapOptions WithLive(MapOptions map) => Live is not { } live ? map : map with
    {
        LeaseJoined = (lease, lane) =>
        {
            lease.Session.Printed = live.Add;
            map.LeaseJoined?.Invoke(lease, lane);
        },
    };

    private MapOptions CreateMapOptions() => new()
    {
        Cores = options.MaxRunning * options.Cores,
        CoresPerItem = options.Cores,
        MemoryBytesPerItem = options.MemoryBytes,
        TimeRequest = options.TimeRequest,
        Errors = MapErrors.Collect, // what has failed is decided here
        Depth = DepthLimits.OfCommands,
        Lease = new LeaseRequest { HotWindow = TimeSpan.Zero, Bound = options.Bound, MaxWait = options.MaxWait }, // a thread that polls would take the core from its own command
        Timeout = options.Timeout,
        MaxExceptionRetries = options.MaxRetries,
        MaxExecutorDeaths = options.MaxExecutorDeaths,
        MaxMemoryBytes = options.MaxMemoryBytes,
        StragglerFactor = options.StragglerFactor,
        IsFailure = (index, answer) => _underWay.TryGetValue(index, out CommandItem? item)
            && ControlMessage.TryRead(answer, out CommandReport report)
            && CommandFailure.Judge(index, item, report) is { IsOverTime: false, Error: not null },
        Progress = options.Progress is { } progress ? new Relay(this, progress) : null,
        ProgressPeriod = options.ProgressPeriod,
    };

    /// <summary>The map takes an item with a bad exit code for done.</summary>
    private sealed class Relay(CommandRun run, IProgress<MapProgress> progress) : IProgress<MapProgress>
    {
        public void Report(MapProgress value)
        {
            long failed = Math.Max(Interlocked.Read(ref run._failed), value.Failed);
            progress.Report(value with { Failed = failed, Done = Math.Max(0, value.Done + value.Failed - failed) });
        }
    }
}
