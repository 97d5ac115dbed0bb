using System.Globalization;

namespace Rowen.Cli.Roles;

/// <summary>Reads counts of each node as Slurm prints them: <c>16(x2),8</c>.</summary>
internal static class SlurmCounts
{
    /// <summary>The least; none if that is no such list.</summary>
    public static int? LeastOrNone(string text)
    {
        int? least = null;
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part.Split('(')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            {
                return null;
            }

            least = Math.Min(least ?? count, count);
        }

        return least;
    }
}
