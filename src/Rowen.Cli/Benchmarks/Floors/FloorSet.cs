using System.Diagnostics;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>Everything that this machine can do without Rowen. One thread at a time.</summary>
internal sealed class FloorSet : IDisposable
{
    /// <summary>Between warm calls: long enough that both sides are asleep when the next begins.</summary>
    public static readonly TimeSpan WarmPause = TimeSpan.FromMicroseconds(300);

    private const int StreamBytes = 64;
    private readonly FloorProcess _process;
    private readonly Lazy<LibfabricFloor> _libfabric;

    private FloorSet(FloorProcess process, Lazy<LibfabricFloor> libfabric, DiskFloor disk, EmptyProgram empty)
    {
        _process = process;
        _libfabric = libfabric;
        Disk = disk;
        Empty = empty;
    }

    public DiskFloor Disk { get; }

    public EmptyProgram Empty { get; }

    /// <summary>Starts the responder.</summary>
    /// <param name="maxPayloadBytes">The largest payload that will be asked for.</param>
    /// <param name="cores">The callers' and the responders' cores.</param>
    /// <param name="diskFolder">A folder on the disk that is to be measured.</param>
    public static FloorSet Start(int maxPayloadBytes, BenchmarkCores cores, string diskFolder)
    {
        var process = new FloorProcess(Math.Max(maxPayloadBytes, StreamBytes), cores.Responder);
        var libfabric = new Lazy<LibfabricFloor>(() => LibfabricFloor.Start(
            LibfabricPlace.Best(), cores, placeCount: 1, Math.Max(maxPayloadBytes, StreamBytes), diskFolder));
        DiskFloor? disk = null;
        try
        {
            disk = new DiskFloor(diskFolder);
            return new FloorSet(process, libfabric, disk, new EmptyProgram(diskFolder));
        }
        catch
        {
            disk?.Dispose();
            process.Dispose();
            throw;
        }
    }

    public FloorPath PathOf(FloorKind kind) => new(_process, kind);

    /// <summary>What hot calls of a fabric provider are compared with.</summary>
    /// <exception cref="IOException">libfabric's floor could not be compiled or started; the message says what to install.</exception>
    public LaneFloor HotOf(string provider) => provider switch
    {
        "shm" => new LaneFloor("raw ring", PathOf(FloorKind.Ring)),
        "ofi" => new LaneFloor($"raw fi_writedata in C over {_libfabric.Value.Provider}, both spin, copy in, echo, copy out", _libfabric.Value.WithCopies),
        _ => new LaneFloor("raw TCP, both spin", PathOf(FloorKind.TcpSpin)),
    };

    /// <summary>What calls between which both sides sleep are compared with.</summary>
    /// <exception cref="IOException">libfabric's floor could not be compiled or started; the message says what to install.</exception>
    public LaneFloor WarmOf(string provider) => provider switch
    {
        "shm" => new LaneFloor("raw futex", PathOf(FloorKind.Futex)),
        "ofi" => new LaneFloor($"raw fi_writedata in C over {_libfabric.Value.Provider}, both sleep", _libfabric.Value),
        _ => new LaneFloor("raw TCP, both block", PathOf(FloorKind.TcpBlock)),
    };

    /// <summary>Calls back to back with all slots of the ring in flight.</summary>
    /// <returns>One sample: the time of one call.</returns>
    public RoundSample Stream(int count, ReadOnlySpan<byte> input, Span<byte> output)
    {
        _process.Order(FloorKind.Stream, input.Length, count);
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < count + FloorLayout.SlotCount; i++)
        {
            int slot = i % FloorLayout.SlotCount;
            if (i >= FloorLayout.SlotCount)
            {
                _process.Ring.Take(slot, output);
            }

            if (i < count)
            {
                _process.Ring.Publish(slot, input);
            }
        }

        return RoundSample.Of([Clock.MicrosecondsSince(startedAt) / count]);
    }

    public RoundSample Commit(int count) =>
        RoundSample.Of([.. Enumerable.Range(0, count).Select(_ => Disk.CommitOnce())]);

    public RoundSample StartEmpty() => RoundSample.Of([Empty.RunOnce()]);

    public void Dispose()
    {
        _process.Dispose();
        if (_libfabric.IsValueCreated)
        {
            _libfabric.Value.Dispose();
        }

        Disk.Dispose();
        Empty.Dispose();
    }
}
