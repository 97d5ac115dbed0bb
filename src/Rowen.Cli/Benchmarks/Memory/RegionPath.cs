namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>Remote memory.</summary>
internal sealed class RegionPath(MemoryRegion region) : BytePath
{
    public override void Write(ReadOnlySpan<byte> bytes) => region.Write(0, bytes);

    public override void Read(Span<byte> bytes) => region.Read(0, bytes);
}
