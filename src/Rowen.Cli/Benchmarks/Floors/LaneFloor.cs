using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>What calls on a lane are compared with.</summary>
/// <param name="Name">What it is, for the report.</param>
/// <param name="Side">Measures it.</param>
internal sealed record LaneFloor(string Name, EchoSide Side);
