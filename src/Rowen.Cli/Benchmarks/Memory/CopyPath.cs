namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>Memory of this process: what a copy takes, and nothing can be faster than.</summary>
internal sealed class CopyPath(int maxBytes) : BytePath
{
    private readonly byte[] _memory = GC.AllocateArray<byte>(maxBytes, pinned: true);

    public override void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_memory);

    public override void Read(Span<byte> bytes) => _memory.AsSpan(0, bytes.Length).CopyTo(bytes);
}
