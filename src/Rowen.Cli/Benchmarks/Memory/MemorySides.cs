namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>What took turns at one size in one direction.</summary>
/// <param name="Rowen">Remote memory.</param>
/// <param name="Copy">A copy within this process.</param>
/// <param name="Redis">Redis, where it is.</param>
/// <param name="Raw">libfabric's own one-sided operation, beside <c>ofi</c>.</param>
internal sealed record MemorySides(MemorySide Rowen, MemorySide Copy, MemorySide? Redis, MemorySide? Raw);
