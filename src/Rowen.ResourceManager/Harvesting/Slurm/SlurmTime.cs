using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>Reads times as Slurm prints them: <c>1-02:03:04</c>, <c>02:03:04</c>, <c>3:04</c>, <c>5 sec</c>.</summary>
internal static class SlurmTime
{
    private const string Seconds = " sec";

    /// <summary>The time; none if it is unlimited, or no time at all.</summary>
    public static TimeSpan? ParseOrNone(string text)
    {
        text = text.Trim();
        if (text.EndsWith(Seconds, StringComparison.Ordinal))
        {
            return TryParse(text[..^Seconds.Length], out int number) ? TimeSpan.FromSeconds(number) : null;
        }

        string[] days = text.Split('-', 2);
        string[] parts = days[^1].Split(':');
        if (parts.Length is < 2 or > 3 || !TryParse(days.Length == 2 ? days[0] : "0", out int day))
        {
            return null;
        }

        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryParse(parts[i], out numbers[i]))
            {
                return null;
            }
        }

        return new TimeSpan(day, parts.Length == 3 ? numbers[0] : 0, numbers[^2], numbers[^1]);
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 1_000_000;
}
