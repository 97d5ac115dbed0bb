namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>Somewhere that bytes are written to and read from as a whole. One thread.</summary>
internal abstract class BytePath
{
    public abstract void Write(ReadOnlySpan<byte> bytes);

    public abstract void Read(Span<byte> bytes);
}
