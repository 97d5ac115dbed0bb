using System.Xml.Linq;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>Round numbers along a line.</summary>
internal static class Axis
{
    private static readonly double[] Factors = [1, 2, 5, 10];

    /// <summary>The step between marks: 1, 2 or 5 of some power of ten, so that at most so many fit.</summary>
    public static double Step(double length, int maxCount)
    {
        double rough = Math.Max(length, 1e-9) / maxCount;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return Factors.First(factor => factor * power >= rough * 0.999999) * power;
    }

    /// <summary>Marks of a time axis below a picture, with lines through it.</summary>
    public static IEnumerable<XElement> OfTime(double left, double top, double width, double height, double seconds)
    {
        double step = Step(seconds, 8);
        for (int i = 0; i * step <= seconds * 1.000001; i++)
        {
            double x = left + (i * step / seconds * width);
            yield return Markup.SvgElement(
                "line", Markup.At("x1", x), Markup.At("x2", x), Markup.At("y1", top), Markup.At("y2", top + height + 4), new XAttribute("class", "grid"));
            yield return Markup.SvgText(x, top + height + 16, i == 0 ? "0" : Markup.Seconds(i * step), "tick middle");
        }
    }
}
