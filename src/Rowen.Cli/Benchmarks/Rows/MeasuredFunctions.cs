using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>What is called by name where lambdas are measured.</summary>
internal static class MeasuredFunctions
{
    /// <summary>Gives back what it takes.</summary>
    [Function("rowen bench same")] // no user's name: programs that bring this assembly along have functions of their own
    public static long Same(long number) => number;
}
