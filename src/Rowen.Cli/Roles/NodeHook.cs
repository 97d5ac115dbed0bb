using System.Diagnostics;
using System.Globalization;
using Rowen.NodeAgent.Neighbors;

namespace Rowen.Cli.Roles;

/// <summary>
/// What Slurm's prolog and epilog do for Rowen on a node, as root. A job must never fail, or wait for longer than a moment, because of it: whatever goes
/// wrong is a line in a log, and the end is always the same.
/// </summary>
/// <param name="kind"><c>prolog</c> or <c>epilog</c>.</param>
/// <param name="path">The folder that the agent looks into.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeHook(string kind, string path, TimeProvider time)
{
    /// <summary>Everything together, from the start of the process; whoever calls it ends it after two seconds.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the epilog waits for the removal of what a killed pilot left, which goes on by itself.</summary>
    private static readonly TimeSpan RemovalBound = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(10);
    private const long MaxLogBytes = 256 * 1024;

    private readonly HookFolder _folder = new(path);
    private readonly long _startedAt = time.GetTimestamp();
    private readonly TimeSpan _left = Bound - Clamp(time.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime());

    private static string Seconds => $"{Bound.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s";

    /// <summary>Does it, and never fails.</summary>
    public void Run(Func<string, string?> variable)
    {
        using ITimer overdue = time.CreateTimer(_ => GiveUp(), null, _left, Timeout.InfiniteTimeSpan);
        try
        {
            string job = variable("SLURM_JOB_ID") ?? throw new InvalidOperationException("SLURM_JOB_ID is not set: it is for Slurm's Prolog and Epilog");
            if (kind == "prolog")
            {
                Begin(job);
            }
            else
            {
                End(job, variable);
            }
        }
        catch (Exception exception) when (Log($"{kind}: {exception.Message}"))
        {
            // Whatever it is: the job begins, or is over.
        }

        // On a node that swaps, a job does not wait for what we would still do.
        void GiveUp()
        {
            Log($"{kind}: did not come to an end within {Seconds}");
            Environment.Exit(Output.ExitCode.Done);
        }
    }

    /// <summary>The clock may have been set meanwhile.</summary>
    private static TimeSpan Clamp(TimeSpan since) => since < TimeSpan.Zero ? TimeSpan.Zero : since > Bound ? Bound : since;

    /// <summary>Tells the agent, if there is one, and waits until it has made way, if it answers.</summary>
    private void Begin(string job)
    {
        _folder.Begin(job);
        if (!_folder.HasAgent())
        {
            return;
        }

        using var pause = new ManualResetEventSlim();
        while (!_folder.HasMadeWay(job))
        {
            if (time.GetElapsedTime(_startedAt) > _left - LookPeriod - LookPeriod)
            {
                Log($"prolog: job {job} begins, and the agent has not made way within {Seconds}");
                return;
            }

            pause.Wait(LookPeriod);
        }
    }

    private void End(string job, Func<string, string?> variable)
    {
        _folder.End(job);
        if (variable("SLURM_JOB_UID") is { } user && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            RemoveLeft(PilotEnvironment.FolderOf(number, job), user, variable("SLURM_JOB_GID") ?? user);
        }
    }

    /// <summary>A pilot that was killed has left its folder. It is the user's, who could put links into it while it is removed: so it is removed as that user.</summary>
    private static void RemoveLeft(string folder, string user, string group)
    {
        if (Directory.Exists(folder))
        {
            using Process? remover = Process.Start(new ProcessStartInfo(
                "setpriv", [$"--reuid={user}", $"--regid={group}", "--clear-groups", "rm", "-rf", "--one-file-system", "--", folder]));
            remover?.WaitForExit(RemovalBound);
        }
    }

    /// <returns>True, always: nobody else is told.</returns>
    private bool Log(string what)
    {
        try
        {
            string log = Path.Combine(path, "hook.log");
            if (new FileInfo(log) is { Exists: true, Length: > MaxLogBytes })
            {
                File.Move(log, log + ".1", overwrite: true);
            }

            Directory.CreateDirectory(path);
            File.AppendAllText(log, $"{time.GetUtcNow():O} {what}\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody to tell.
        }

        return true;
    }
}
