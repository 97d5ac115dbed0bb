namespace Rowen.Cli.Benchmarks;

/// <summary>Tells people what is being measured, where results do not go.</summary>
internal sealed class BenchmarkProgress(TextWriter? writer)
{
    public void Say(string what) => writer?.WriteLine($"measuring {what} ...");
}
