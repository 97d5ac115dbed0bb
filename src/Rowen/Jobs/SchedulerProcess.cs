using System.Diagnostics;
using Rowen.LocalClusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>Starts the process that runs a job: of this user, in a session of its own, without a terminal, and nobody's child.</summary>
internal static class SchedulerProcess
{
    /// <summary>The verb, which people do not type.</summary>
    public const string Verb = "run-job";

    public const string JobsOption = "--jobs";

    public const string RerunOption = "--rerun-failed";

    // In the background of a shell that ends at once: the job is adopted by the system, and whoever submitted it may live or die.
    private const string Script = """log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 &""";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Starts it and returns at once; what goes wrong then stands in the job's log.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: the <c>rowen</c> command was not found.</exception>
    public static async Task StartAsync(JobStore store, JobId id, bool rerunsFailed, string? rowenPath, CancellationToken cancellationToken)
    {
        List<string> arguments = [Verb, id.ToString(), JobsOption, store.Folder];
        if (rerunsFailed)
        {
            arguments.Add(RerunOption);
        }

        ProcessStartInfo program = RowenProgram.Find(rowenPath).CreateStart(arguments);
        var shell = new ProcessStartInfo("/bin/sh", ["-c", Script, "rowen", store.Find(id).Log, program.FileName, .. program.ArgumentList])
        {
            UseShellExecute = false,
            WorkingDirectory = "/", // whatever folder we are in may be unmounted while the job runs
        };
        foreach ((string name, string? value) in program.Environment)
        {
            shell.Environment[name] = value;
        }

        using Process process = Process.Start(shell) ?? throw new InvalidOperationException("/bin/sh did not start.");
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts it for a job that ran before, and waits until it has taken the job up.</summary>
    /// <exception cref="RowenException">It did not; the message names the log.</exception>
    public static async Task RestartAsync(JobStore store, JobId id, bool rerunsFailed, string? rowenPath, CancellationToken cancellationToken)
    {
        JobFiles files = store.Find(id);
        int lastRun = StatusFile.ReadOrNone(files.Status)?.Run ?? 0;
        long logLength = new FileInfo(files.Log).Length;
        await StartAsync(store, id, rerunsFailed, rowenPath, cancellationToken).ConfigureAwait(false);
        long startedAt = Stopwatch.GetTimestamp();
        while (!HasBegun())
        {
            // It writes its status before it says anything: what it says before that can only be why it does not begin.
            if (Stopwatch.GetElapsedTime(startedAt) > StartPatience || (new FileInfo(files.Log).Length > logLength && !HasBegun()))
            {
                throw new RowenException(ErrorCode.JobNotReady, $"{id} did not begin again: {LastLine(files.Log)} The whole log is {files.Log}.");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        bool HasBegun() => (StatusFile.ReadOrNone(files.Status)?.Run ?? lastRun) != lastRun;
    }

    private static string LastLine(string log) => File.ReadLines(log).LastOrDefault(line => line.Length > 0) ?? "it said nothing.";
}
