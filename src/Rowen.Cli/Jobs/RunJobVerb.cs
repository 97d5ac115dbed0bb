using System.CommandLine;
using System.Globalization;
using System.Text;
using Rowen.Cli.Calls;
using Rowen.Cli.Output;
using Rowen.Cli.Signals;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen run-job J7</c>: the process of a job. People type <c>submit</c> and <c>resume</c>.</summary>
internal static class RunJobVerb
{
    private static readonly Option<bool> RerunFailed = new(SchedulerProcess.RerunOption) { Description = "Items that have failed run again." };

    public static VerbCommand Create(Termination termination)
    {
        VerbCommand verb = new VerbCommand("run-job", "Runs a job in this process. Others start it: `rowen submit`, `rowen resume`.", "rowen run-job J1")
            .WithJob()
            .With(RerunFailed)
            .Runs((run, cancellationToken) => RunAsync(run, termination, cancellationToken));
        verb.Hidden = true;
        return verb;
    }

    private static async Task<int> RunAsync(VerbRun run, Termination termination, CancellationToken cancellationToken)
    {
        termination.IgnoreTerminal(); // it has none, and must not end with somebody else's
        JobStore store = run.Store();
        JobId id = run.Get(JobOptionSet.Job);
        string function = JobReading.ReadDescription(store.Find(id)).Function;
        JobRunEnd end = await JobScheduler.RunAsync(
            store, id, run.Get(RerunFailed), (types, text) => Encode(function, types, text), line => Log(run, line), cancellationToken);
        return JobExit.Of(end.State);
    }

    private static byte[] Encode(string function, JobTypes types, byte[] text) =>
        new CallInput { Text = Encoding.UTF8.GetString(text) }.Encode(function, types.Input);

    private static void Log(VerbRun run, string line)
    {
        string now = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        try
        {
            run.Error.WriteLine($"{now} {ErrorLine.OneLine(line)}");
        }
        catch (IOException)
        {
            // A full disk takes no log either; the status, whose room is its own, says why the job ends.
        }
    }
}
