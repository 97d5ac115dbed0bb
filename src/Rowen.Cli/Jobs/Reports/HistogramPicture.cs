using System.Xml.Linq;
using Rowen.Cli.Output;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>How many items took how long; each bar is a quarter of a power of ten wide, so that a microsecond and an hour fit together.</summary>
internal static class HistogramPicture
{
    public const double Height = 150;

    private const double Left = 50;
    private const double Right = 440;
    private const double Top = 12;
    private const double Bottom = 118;
    private const int BarsPerPower = 4;
    private const double Shortest = 1e-7; // a tick

    public static XElement Draw(IReadOnlyCollection<double> seconds, string name)
    {
        XElement svg = Markup.SvgElement(
            "svg", new XAttribute("viewBox", $"0 0 {Markup.Number(Right + 20)} {Markup.Number(Height)}"), new XAttribute("role", "img"), new XAttribute("aria-label", name));
        if (seconds.Count == 0)
        {
            svg.Add(Markup.SvgText(Left, Top + 20, "nothing yet", "tick"));
            return svg;
        }

        int lowest = BarOf(seconds.Min());
        int count = Math.Max(BarOf(seconds.Max()) - lowest + 1, BarsPerPower);
        int[] bars = new int[count];
        foreach (double value in seconds)
        {
            bars[BarOf(value) - lowest]++;
        }

        double width = (Right - Left) / count;
        int most = bars.Max();
        for (int i = 0; i < count; i++)
        {
            (double from, double to) = (LimitOf(lowest + i), LimitOf(lowest + i + 1));
            double height = (double)bars[i] / most * (Bottom - Top);
            if (bars[i] > 0)
            {
                svg.Add(Markup.Rectangle(
                    Left + (i * width) + 0.5, Bottom - Math.Max(height, 1), width - 1, Math.Max(height, 1), "done",
                    $"{Units.Count(bars[i])} items: {Markup.Seconds(from)} to {Markup.Seconds(to)}"));
            }

            if ((lowest + i) % BarsPerPower == 0 || i == 0)
            {
                svg.Add(Markup.SvgText(Left + (i * width), Bottom + 16, Markup.Seconds(from), "tick middle"));
            }
        }

        svg.Add(Markup.SvgText(Left - 6, Top + 8, Units.Count(most), "tick end"), Markup.SvgText(Left - 6, Bottom, "0", "tick end"));
        return svg;
    }

    private static int BarOf(double seconds) => (int)Math.Floor(Math.Log10(Math.Max(seconds, Shortest)) * BarsPerPower);

    private static double LimitOf(int bar) => Math.Pow(10, (double)bar / BarsPerPower);
}
