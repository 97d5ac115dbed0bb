using Rowen.NodeAgent.Capacity;

namespace Rowen.UnitTests.NodeAgent.Capacity;

public sealed class CapacityReaderTests
{
    private const long Mebibyte = 1L << 20;

    private readonly Dictionary<string, string> _files = new() { ["/proc/meminfo"] = "MemTotal: 1 kB\nMemAvailable:   8388608 kB\n" };

    [Fact]
    public void Reserve_is_a_twentieth_of_what_is_free()
    {
        NodeCapacity capacity = Read(null, null, null);

        Assert.Equal([0, 2, 5], capacity.Cores);
        Assert.Equal((8192 * Mebibyte) - (8192 * Mebibyte / 20), capacity.MemoryBytes);
    }

    [Fact]
    public void Limit_of_a_group_above_counts_with_what_it_uses_less_its_cache()
    {
        _files["/cg/memory.limit_in_bytes"] = $"{1024 * Mebibyte}\n";
        _files["/cg/memory.usage_in_bytes"] = $"{400 * Mebibyte}\n";
        _files["/cg/memory.stat"] = $"cache 1\ntotal_inactive_file {100 * Mebibyte}\n";
        _files["/cg/a/memory.limit_in_bytes"] = "9223372036854771712\n";

        NodeCapacity capacity = Read(new ControlGroup("/cg/a", "/cg"), null, null);

        Assert.Equal((724 - 256) * Mebibyte, capacity.MemoryBytes);
    }

    [Fact]
    public void Version_two_limits_likewise()
    {
        _files["/cg/a/memory.max"] = $"{1000 * Mebibyte}\n";
        _files["/cg/a/memory.current"] = $"{500 * Mebibyte}\n";
        _files["/cg/memory.max"] = "max\n";
        _files["/cg/a/cpu.max"] = "250000 100000\n";

        NodeCapacity capacity = Read(null, null, new ControlGroup("/cg/a", "/cg"));

        Assert.Equal((500 - 256) * Mebibyte, capacity.MemoryBytes);
        Assert.Equal([2, 5], capacity.Cores);
    }

    [Theory]
    [InlineData("-1", "100000", 3)]
    [InlineData("50000", "100000", 1)]
    [InlineData("199999", "100000", 1)]
    public void Processor_quota_rounds_down_to_whole_cores_but_one(string quota, string period, int cores)
    {
        _files["/cpu/cpu.cfs_quota_us"] = quota;
        _files["/cpu/cpu.cfs_period_us"] = period;

        Assert.Equal(cores, Read(null, new ControlGroup("/cpu", "/cpu"), null).Cores.Count);
    }

    [Fact]
    public void Settings_offer_less_and_never_more()
    {
        var reader = new CapacityReader(new ControlGroups(null, null, null), _files.GetValueOrDefault);

        NodeCapacity less = reader.Read([0, 2, 5], 2, 512 * Mebibyte);
        NodeCapacity more = reader.Read([0, 2, 5], 64, long.MaxValue);

        Assert.Equal([2, 5], less.Cores);
        Assert.Equal(512 * Mebibyte, less.MemoryBytes);
        Assert.Equal(3, more.Cores.Count);
        Assert.True(more.MemoryBytes < 8192 * Mebibyte);
    }

    [Fact]
    public void Node_without_memory_says_so()
    {
        _files["/proc/meminfo"] = "MemAvailable: 102400 kB\n";

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => Read(null, null, null));

        Assert.Equal(
            "This node has 100 MiB of free memory; an agent needs at least 320 MiB. Free some, or raise the limit of the job it runs in.",
            refusal.Message);
    }

    private NodeCapacity Read(ControlGroup? memory, ControlGroup? processor, ControlGroup? unified) =>
        new CapacityReader(new ControlGroups(memory, processor, unified), _files.GetValueOrDefault).Read([5, 0, 2], null, null);
}
