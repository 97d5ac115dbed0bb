using System.Globalization;

namespace Rowen.NodeAgent.Executors;

/// <summary>Names one executor process for the life of its agent; unlike process ids never used again.</summary>
/// <param name="Value">From 1.</param>
internal readonly record struct ExecutorNumber(int Value)
{
    /// <summary>The form in logs and folder names: <c>E7</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"E{Value}");
}
