namespace Rowen.UnitTests.Lambdas;

/// <summary>Static state that lambdas read.</summary>
internal static class Statics
{
    public static readonly int Fixed = Environment.ProcessId;

    public static int Counter = 2;

    public static int Property { get; set; } = 3;
}
