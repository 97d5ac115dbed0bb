using System.Globalization;
using Rowen.Cli.Output;

namespace Rowen.Cli.Jobs;

/// <summary>A job's standing in one line.</summary>
internal static class JobLine
{
    private const int BarWidth = 24;

    /// <summary>Counts, rate, time left, and why nothing runs.</summary>
    public static string Of(JobStatus status)
    {
        List<string> parts = [$"{Units.Count(status.Done)}/{Units.Count(status.Total)} done"];
        Add(status.Failed > 0, $"{Units.Count(status.Failed)} failed");
        Add(status.Running > 0, $"{Units.Count(status.Running)} running");
        Add(status is { Waiting: > 0, HasEnded: false }, $"{Units.Count(status.Waiting)} waiting");
        Add(status.Retries.Total > 0, RetryText.Of(status.Retries));
        Add(status.ItemsPerSecond > 0 && !status.HasEnded, $"{status.ItemsPerSecond.ToString("0.#", CultureInfo.InvariantCulture)}/s");
        Add(status is { TimeLeftMs: not null, HasEnded: false }, $"{Units.Duration(TimeSpan.FromMilliseconds(status.TimeLeftMs ?? 0))} left");
        string reason = status.Reason.Length == 0 ? string.Empty : $": {ErrorLine.OneLine(status.Reason)}";
        return $"{status.Id} {NameOf(status.State)}, {string.Join(", ", parts)}{reason}";

        void Add(bool condition, string part)
        {
            if (condition)
            {
                parts.Add(part);
            }
        }
    }

    /// <summary>Why nothing comes of it, on a line of its own: behind everything else a terminal has no room for it.</summary>
    public static string WhyOf(JobStatus status) =>
        $"{status.Id}: {(status.Running == 0 ? "nothing runs: " : string.Empty)}{ErrorLine.OneLine(status.Reason)}";

    /// <summary>The same with a bar, cut to the width of a terminal.</summary>
    public static string WithBar(JobStatus status, int width)
    {
        double share = status.Total == 0 ? 1 : (double)(status.Done + status.Failed) / status.Total;
        int filled = (int)(share * BarWidth);
        string line = $"{new string('█', filled)}{new string('·', BarWidth - filled)} {share * 100,3:0} % {Of(status)}";
        return line.Length <= width ? line : $"{line[..Math.Max(width - 1, 0)]}…";
    }

    /// <summary>A state as people read it.</summary>
    public static string NameOf(JobState state) => state switch
    {
        JobState.Failed => "done with failures",
        _ => state.ToString().ToLowerInvariant(),
    };
}
