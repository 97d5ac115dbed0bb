using System.Diagnostics.Metrics;

namespace Rowen.Sessions;

/// <summary>What monitoring sees of lanes: how many were opened over which fabric provider (meter <c>Rowen</c>).</summary>
internal static class LaneMetrics
{
    private static readonly Meter Meter = new("Rowen");

    private static readonly Counter<long> Lanes = Meter.CreateCounter<long>(
        "rowen.lanes", unit: "{lane}", description: "Lanes opened, by fabric provider.");

    /// <summary>Lanes of a lease were opened.</summary>
    public static void Opened(string provider, int count) => Lanes.Add(count, new KeyValuePair<string, object?>("provider", provider));
}
