using System.Globalization;
using System.Xml.Linq;
using Rowen.Cli.Output;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>A job as one page that needs no other file and no network, or as a picture for a paper.</summary>
internal static class JobReport
{
    private const double TimelineTop = 36;
    private const double Gap = 56;

    // Whatever slipped through must still load nothing and send nothing.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    /// <summary>The page.</summary>
    public static string Html(ReportModel model)
    {
        var body = new XElement("body",
            Markup.Text("h1", $"{model.Status.Id} {NameOf(model)}"),
            Markup.Text("p", Subtitle(model)),
            Cards(model),
            Markup.Text("h2", "Items by lane, and how many were on their way"),
            Figure(model),
            new XElement("div", new XAttribute("class", "two"),
                new XElement("div", Markup.Text("h2", "Run time"), HistogramPicture.Draw([.. model.Spans.Select(span => span.End - span.Start)], "histogram of run times")),
                new XElement("div", Markup.Text("h2", "Waiting, from the beginning of its run"), HistogramPicture.Draw([.. model.Spans.Select(span => span.Waited)], "histogram of waiting times"))),
            Failures(model),
            Usage(model),
            new XElement("div", new XAttribute("id", "tip"), " "),
            Markup.Text("script", ReportStyle.Script));
        var head = new XElement("head",
            new XElement("meta", new XAttribute("charset", "utf-8")),
            new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", Policy)),
            new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
            Markup.Text("title", $"{model.Status.Id} {NameOf(model)}"),
            Markup.Text("style", ReportStyle.Page + "\n" + ReportStyle.Pictures));
        var html = new XElement("html", new XAttribute("lang", "en"), head, body);
        return $"<!DOCTYPE html>\n{html.ToString(SaveOptions.DisableFormatting)}\n";
    }

    /// <summary>Timeline and concurrency alone, in the colors of paper.</summary>
    public static string Svg(ReportModel model)
    {
        XElement figure = Figure(model);
        figure.AddFirst(
            Markup.SvgElement("style", $":root {{ {ReportStyle.Light} }}\n{ReportStyle.Pictures}"),
            Markup.SvgElement("rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("fill", "#ffffff")));
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{figure.ToString(SaveOptions.DisableFormatting)}\n";
    }

    private static XElement Figure(ReportModel model)
    {
        double concurrencyTop = TimelineTop + TimelinePicture.HeightOf(model) + Gap;
        double height = concurrencyTop + ConcurrencyPicture.Height + 24;
        return Markup.SvgElement(
            "svg", new XAttribute("viewBox", $"0 0 1000 {Markup.Number(height)}"), new XAttribute("role", "img"), new XAttribute("aria-label", "timeline of items by lane"),
            Markup.SvgText(0, 14, "lane", "head"),
            TimelinePicture.Draw(model, TimelineTop),
            Markup.SvgText(0, concurrencyTop - 12, "items on their way: sent, and not answered yet", "head"),
            ConcurrencyPicture.Draw(model, concurrencyTop));
    }

    private static XElement Cards(ReportModel model)
    {
        double[] durations = [.. model.Spans.Select(span => span.End - span.Start).Order()];
        double busy = durations.Sum();
        return new XElement("ul", new XAttribute("class", "cards"),
            Card("items", Units.Count(model.Status.Total), "total"),
            Card("done", Units.Count(model.Status.Done), "done"),
            Card("failed", Units.Count(model.Status.Failed), "failed"),
            Card("run again", Units.Count(model.Retries.Total), "retried"),
            RetryText.Causes(model.Retries).Where(cause => cause.Count > 0).Select(cause => Card($"run again, {cause.Name}", Units.Count(cause.Count), cause.Name.Replace(' ', '-'))),
            Card("items sent more than once", Units.Count(model.Spans.Count(span => span.Attempts > 1)), "again"),
            Card("wall time", Markup.Seconds(model.Length), "wall"),
            Card("median run time", durations.Length == 0 ? "–" : Markup.Seconds(durations[durations.Length / 2]), "median"),
            Card("longest", durations.Length == 0 ? "–" : Markup.Seconds(durations[^1]), "longest"),
            Card("on their way at a time, on average", Markup.Number(busy / model.Length), "parallel"));
    }

    private static XElement Card(string name, string value, string id) =>
        new("li", new XElement("b", new XAttribute("id", id), value), Markup.Text("span", name));

    private static XElement Failures(ReportModel model)
    {
        var section = new XElement("section", Markup.Text("h2", "Failures by cause"));
        if (model.Failures.Count == 0)
        {
            section.Add(Markup.Text("p", "None."));
        }

        foreach (FailureGroup group in model.Failures)
        {
            section.Add(
                Markup.Text("p", $"{Units.Count(group.Count)} items: {ErrorLine.OneLine(group.Message)}"),
                new XElement("p", new XAttribute("class", "dim"), Markup.Clean($"{group.Error}; items {string.Join(", ", group.Items)}{(group.Count > group.Items.Count ? ", …" : string.Empty)}")),
                Markup.Text("pre", string.IsNullOrWhiteSpace(group.RemoteStack) ? group.Cause : group.RemoteStack));
        }

        return section;
    }

    private static XElement Usage(ReportModel model)
    {
        var section = new XElement("section", Markup.Text("h2", "Usage"));
        if (model.Usage.Count == 0)
        {
            section.Add(Markup.Text("p", "Not known: no run has come to an orderly end yet, or the manager could not be asked."));
            return section;
        }

        var table = new XElement("table");
        Add("cores leased", Seconds(used => used.AllocatedMs), "core time");
        Add("computing", Seconds(used => used.ComputingMs), "processor time in functions");
        Add("polling", Seconds(used => used.PollingMs), "processor time waiting hot");
        Add("memory leased", Units.MemoryTime(model.Usage.Sum(used => used.MemoryMebibyteSeconds)), "memory times time");
        Add("most memory of one lease", Units.Bytes(model.Usage.Max(used => used.PeakMemoryBytes)), "held at a time");
        section.Add(table);
        return section;

        string Seconds(Func<LeaseUsage, long> meter) => Units.Milliseconds(model.Usage.Sum(meter));

        void Add(string name, string value, string what) => table.Add(new XElement("tr",
            Markup.Text("td", name), new XElement("td", new XAttribute("class", "number"), value), new XElement("td", new XAttribute("class", "dim"), what)));
    }

    private static string NameOf(ReportModel model) => model.Status.Name.Length > 0 ? model.Status.Name : model.Description.Function;

    private static string Subtitle(ReportModel model) => string.Create(
        CultureInfo.InvariantCulture,
        $"{JobLine.NameOf(model.Status.State)} · {model.Description.Function} · items from {model.Description.Items.Origin} · submitted {model.Description.SubmittedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC · {model.Runs.Count} {(model.Runs.Count == 1 ? "run" : "runs")}. {ErrorLine.OneLine(model.Status.Reason)}");
}
