using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>How many items ran at a time, over time.</summary>
internal static class ConcurrencyPicture
{
    public const double Height = 110;

    private const int BinCount = 410;

    public static IEnumerable<XElement> Draw(ReportModel model, double top)
    {
        double[] running = Count(model);
        double most = Math.Max(running.DefaultIfEmpty(0).Max(), 1);
        foreach (XElement mark in Axis.OfTime(TimelinePicture.Left, top, TimelinePicture.Width, Height, model.Length))
        {
            yield return mark;
        }

        double step = Math.Max(Axis.Step(most, 4), 1);
        for (double level = 0; level <= most * 1.000001; level += step)
        {
            double y = top + Height - (level / most * Height);
            yield return Markup.SvgText(TimelinePicture.Left - 8, y + 4, Markup.Number(level), "tick end");
        }

        yield return Markup.SvgElement("path", new XAttribute("d", Outline(running, most, top)), new XAttribute("class", "area"));
    }

    /// <summary>On average, in each piece of time.</summary>
    private static double[] Count(ReportModel model)
    {
        TimelineBin[][] bins = TimelineBin.Fill(model, BinCount);
        double seconds = model.Length / BinCount;
        return [.. Enumerable.Range(0, BinCount).Select(bin => bins.Sum(row => row[bin].Busy) / seconds)];
    }

    private static string Outline(double[] values, double most, double top)
    {
        double width = TimelinePicture.Width / values.Length;
        var path = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"M{TimelinePicture.Left} {top + Height}"));
        for (int i = 0; i < values.Length; i++)
        {
            double y = top + Height - (values[i] / most * Height);
            path.Append(CultureInfo.InvariantCulture, $"V{y:0.##}H{TimelinePicture.Left + ((i + 1) * width):0.##}");
        }

        return path.Append(CultureInfo.InvariantCulture, $"V{top + Height}Z").ToString();
    }
}
