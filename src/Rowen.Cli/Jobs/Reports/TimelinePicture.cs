using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Rowen.Cli.Output;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>
/// Every item by lane, and how many they were in each piece of time where they are too many to be pointed at. Where lanes are so many that several share a row, how busy these were.
/// </summary>
internal static class TimelinePicture
{
    public const double Left = 140;
    public const double Width = 820;

    private const double RowHeight = 18;
    private const double ThinRowHeight = 7;
    private const int MaxThickRows = 40;
    private const double BarShare = 0.78;

    /// <summary>Beyond it an item is narrower than a pixel or two, and nobody can point at it.</summary>
    private const int MaxSingleItems = 2_000;

    /// <summary>Of a line through all items of a row, so that each is where it was to a ten-thousandth of a pixel. Viewers reckon with 24 bits.</summary>
    private const double LineUnits = 8_000_000;
    private const int BinCount = 410; // two pixels each
    private const int ShadeCount = 5;

    public static double RowHeightOf(ReportModel model) => model.RowNames.Count <= MaxThickRows ? RowHeight : ThinRowHeight;

    public static double HeightOf(ReportModel model) => Math.Max(model.RowNames.Count, 1) * RowHeightOf(model);

    public static IEnumerable<XElement> Draw(ReportModel model, double top)
    {
        double rowHeight = RowHeightOf(model);
        double height = HeightOf(model);
        foreach (XElement mark in Axis.OfTime(Left, top, Width, height, model.Length))
        {
            yield return mark;
        }

        int labelEvery = rowHeight >= 10 ? 1 : 4;
        for (int row = 0; row < model.RowNames.Count; row += labelEvery)
        {
            yield return Markup.SvgText(Left - 8, top + (row * rowHeight) + (rowHeight * 0.7), Short(model.RowNames[row]), "tick end");
        }

        foreach (XElement bar in DrawSpans(model, top))
        {
            yield return bar;
        }

        foreach (RunMark run in model.Runs.Skip(1))
        {
            double x = X(model, run.Start);
            yield return Markup.SvgElement(
                "line", Markup.At("x1", x), Markup.At("x2", x), Markup.At("y1", top - 4), Markup.At("y2", top + height), new XAttribute("class", "run"),
                Markup.SvgElement("title", $"run {run.Number} began {run.At.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC"));
            yield return Markup.SvgText(x, top - 7, $"run {run.Number}", "tick middle");
        }
    }

    private static IEnumerable<XElement> DrawSpans(ReportModel model, double top)
    {
        if (model.Spans.Count <= MaxSingleItems)
        {
            return DrawItems(model, top);
        }

        IEnumerable<XElement> bins = DrawBins(model, top);
        return model.LanesInRow == 1 ? DrawLines(model, top).Concat(bins) : bins;
    }

    private static IEnumerable<XElement> DrawItems(ReportModel model, double top)
    {
        double rowHeight = RowHeightOf(model);
        foreach (ItemSpan span in model.Spans)
        {
            string title = $"item {span.Item}{(span.IsFailed ? ", failed" : string.Empty)}: {Markup.Seconds(span.End - span.Start)}, from {Markup.Seconds(span.Start)} on{(span.Attempts > 1 ? $", at the {span.Attempts}. attempt" : string.Empty)}";
            double width = (span.End - span.Start) / model.Length * Width;
            yield return Markup.Rectangle(
                X(model, span.Start), Y(top, span.Row, rowHeight), width, rowHeight * BarShare, span.IsFailed ? "item failed" : "item done", title);
        }
    }

    /// <summary>Some ten bytes for each item: a viewer shades where many share a pixel, and shows each where somebody zooms in.</summary>
    private static IEnumerable<XElement> DrawLines(ReportModel model, double top)
    {
        double rowHeight = RowHeightOf(model);
        string scale = (Width / LineUnits).ToString("0.#########", CultureInfo.InvariantCulture);
        foreach (IGrouping<(int Row, bool IsFailed), ItemSpan> line in model.Spans.GroupBy(span => (span.Row, span.IsFailed)).OrderBy(line => line.Key))
        {
            double middle = Y(top, line.Key.Row, rowHeight) + (rowHeight * BarShare / 2);
            yield return Markup.SvgElement(
                "path", new XAttribute("transform", $"translate({Markup.Number(Left)} {Markup.Number(middle)}) scale({scale} 1)"), Markup.At("stroke-width", rowHeight * BarShare),
                new XAttribute("class", line.Key.IsFailed ? "line bad" : "line"), new XAttribute("d", PathOf([.. line.OrderBy(span => span.Start)], model.Length)));
        }
    }

    /// <summary>From the end of one to the start of the next, and on to its end.</summary>
    private static string PathOf(IReadOnlyList<ItemSpan> spans, double length)
    {
        var path = new StringBuilder("M0 0");
        long at = 0;
        foreach (ItemSpan span in spans)
        {
            long start = (long)Math.Round(span.Start / length * LineUnits);
            long end = Math.Max((long)Math.Round(span.End / length * LineUnits), start + 1);
            path.Append(CultureInfo.InvariantCulture, $"m{start - at} 0h{end - start}");
            at = end;
        }

        return path.ToString();
    }

    /// <summary>What a reader is told of a piece of time. The items of a row's only lane lie below; those that failed are narrower than anybody sees.</summary>
    private static IEnumerable<XElement> DrawBins(ReportModel model, double top)
    {
        double rowHeight = RowHeightOf(model);
        TimelineBin[][] bins = TimelineBin.Fill(model, BinCount);
        double seconds = model.Length / BinCount;
        for (int row = 0; row < bins.Length; row++)
        {
            int next;
            for (int first = 0; first < BinCount; first = next)
            {
                TimelineBin sum = bins[row][first];
                int shade = ShadeOf(sum, seconds, model.LanesInRow);
                bool isFailed = sum.Failed > 0;
                for (next = first + 1; next < BinCount && ShadeOf(bins[row][next], seconds, model.LanesInRow) == shade && (bins[row][next].Failed > 0) == isFailed; next++)
                {
                    sum = sum.Plus(bins[row][next]);
                }

                if (shade > 0 || isFailed)
                {
                    string title = $"{Units.Count(sum.Count)} items begun, {Units.Count(sum.Failed)} failed, {Markup.Seconds(first * seconds)} to {Markup.Seconds(next * seconds)}";
                    yield return Markup.Rectangle(
                        X(model, first * seconds), Y(top, row, rowHeight), (next - first) * Width / BinCount, rowHeight * BarShare,
                        (model.LanesInRow == 1 ? "piece" : $"done s{shade}") + (isFailed ? " failed" : string.Empty), title);
                }
            }
        }
    }

    private static int ShadeOf(TimelineBin bin, double seconds, int lanes) =>
        bin.Busy <= 0 && bin.Count == 0 ? 0 : 1 + (int)Math.Min(bin.Busy / (seconds * lanes) * ShadeCount, ShadeCount - 1);

    private static double X(ReportModel model, double seconds) => Left + (seconds / model.Length * Width);

    private static double Y(double top, int row, double rowHeight) => top + (row * rowHeight) + (rowHeight * (1 - BarShare) / 2);

    private static string Short(string name) => name.Length <= 22 ? name : $"…{name[^21..]}";
}
