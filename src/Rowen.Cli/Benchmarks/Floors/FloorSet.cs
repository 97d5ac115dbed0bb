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

    private FloorSet(FloorProcess process, DiskFloor disk, EmptyProgram empty)
    {
        _process = process;
        Disk = disk;
        Empty = empty;
    }

    public DiskFloor Disk { get; }

    public EmptyProgram Empty { get; }

    /// <summary>Starts the responder.</summary>
    /// <param name="maxPayloadBytes">The largest payload that will be asked for.</param>
    /// <param name="core">The responder's core.</param>
    /// <param name="diskFolder">A folder on the disk that is to be measured.</param>
    public static FloorSet Start(int maxPayloadBytes, int core, string diskFolder)
    {
        var process = new FloorProcess(Math.Max(maxPayloadBytes, StreamBytes), core);
        DiskFloor? disk = null;
        try
        {
            disk = new DiskFloor(diskFolder);
            return new FloorSet(process, disk, new EmptyProgram(diskFolder));
        }
        catch
        {
            disk?.Dispose();
            process.Dispose();
            throw;
        }
    }

    public FloorPath PathOf(FloorKind kind) => new(_process, kind);

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
        Disk.Dispose();
        Empty.Dispose();
    }
}
