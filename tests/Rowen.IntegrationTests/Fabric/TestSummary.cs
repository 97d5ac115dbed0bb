using System.Globalization;
using System.Text.RegularExpressions;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>How tests ended that ran elsewhere, by the last line of their runner.</summary>
internal sealed partial record TestSummary(int Total, int Failed, int Skipped)
{
    /// <summary>Reads it.</summary>
    /// <param name="output">All that the runner said.</param>
    /// <returns>Null: it came to no end, or not to a good one.</returns>
    public static TestSummary? ReadOrNone(string output) => Line().Match(output) is { Success: true } line
        ? new TestSummary(NumberOf(line, "total"), NumberOf(line, "failed"), NumberOf(line, "skipped"))
        : null;

    private static int NumberOf(Match line, string name) => int.Parse(line.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: 0, Failed: (?<failed>\d+), Skipped: (?<skipped>\d+)")]
    private static partial Regex Line();
}
