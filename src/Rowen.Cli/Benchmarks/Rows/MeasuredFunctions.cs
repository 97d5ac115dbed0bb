using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>What is called by name where lambdas are measured.</summary>
internal static class MeasuredFunctions
{
    /// <summary>Gives back what it takes.</summary>
    [Function]
    public static long Same(long number) => number;
}
