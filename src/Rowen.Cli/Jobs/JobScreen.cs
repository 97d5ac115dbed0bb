using System.Diagnostics;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Jobs;

/// <summary>A job's progress: one line that changes on a terminal, a line now and then elsewhere.</summary>
internal sealed class JobScreen(VerbRun run) : IProgress<JobStatus>
{
    /// <summary>Often enough to follow, seldom enough for a log.</summary>
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(5);

    private const string EraseRest = "\u001b[K";

    private readonly Standstill _standstill = new(TimeProvider.System);
    private long _saidAt;
    private JobState? _saidState;
    private string _saidReason = string.Empty;
    private bool _isInLine;

    public void Report(JobStatus value)
    {
        if (value.HasEnded)
        {
            return; // the end has its own line
        }

        if (run.IsTerminal)
        {
            string reason = _standstill.IsToBeTold(value.Running, value.Reason) ? JobLine.WhyOf(value) + Environment.NewLine : string.Empty;
            run.Out.Write($"\r{EraseRest}{reason}{JobLine.WithBar(value, Console.WindowWidth - 1)}");
            _isInLine = true;
        }
        else if (value.State != _saidState || IsNews(value) || Stopwatch.GetElapsedTime(_saidAt) >= LogPeriod)
        {
            run.WriteLine(JobLine.Of(value));
            (_saidState, _saidReason, _saidAt) = (value.State, value.Reason, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>How long an item has been running is another text each second: news is that one is told at all.</summary>
    private bool IsNews(JobStatus value) => value.Running == 0 ? value.Reason != _saidReason : (value.Reason.Length == 0) != (_saidReason.Length == 0);

    public void End(JobStatus status)
    {
        EndLine();
        if (run.IsJson)
        {
            run.WriteJson(status, JobAnswers.Default.JobStatus);
            return;
        }

        run.WriteLine(JobLine.Of(status));
        if (status.Failed > 0)
        {
            run.WriteLine($"`rowen explain {status.Id}` says why items failed; `rowen rerun {status.Id} --failed` tries them again.");
        }
    }

    public void Leave(Job job)
    {
        EndLine();
        run.Error.WriteLine($"{job.Id} goes on without you: `rowen attach {job.Id}` comes back to it, `rowen cancel {job.Id}` ends it.");
    }

    private void EndLine()
    {
        if (_isInLine)
        {
            run.Out.WriteLine();
            _isInLine = false;
        }
    }
}
