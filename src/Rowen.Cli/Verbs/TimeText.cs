using System.CommandLine.Parsing;
using System.Globalization;

namespace Rowen.Cli.Verbs;

/// <summary>Reads and writes what options take as a time, such as 250ms, 90s, 5m, 2h or 1d.</summary>
internal static class TimeText
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

    /// <summary>As it would be typed: in the largest unit of which it is a whole number.</summary>
    public static string Write(TimeSpan time)
    {
        if (time == TimeSpan.Zero)
        {
            return "0s";
        }

        (string unit, double seconds) = Units.LastOrDefault(each => time.Ticks % (long)(each.Seconds * TimeSpan.TicksPerSecond) == 0, Units[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds / seconds:0.###}{unit}");
    }

    /// <summary>The time; zero, and an error of the command line, if it is none from a millisecond to a year.</summary>
    public static TimeSpan Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        (string unit, double seconds) = Units.FirstOrDefault(each => text.EndsWith(each.Unit, StringComparison.Ordinal));
        if (unit is not null && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * seconds is >= 0.001 and <= 366 * 86_400)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        result.AddError($"'{text}' is no time from 0.001s to a year: times look like 90s, 5m or 2h.");
        return default;
    }
}
