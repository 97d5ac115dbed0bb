using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary>What verbs about jobs have in common.</summary>
internal static class JobOptionSet
{
    public static Option<string?> Folder { get; } = new(SchedulerProcess.JobsOption)
    {
        Description = $"The folder for jobs. Otherwise {JobStore.Variable}, then ~/.rowen/jobs.",
        HelpName = "FOLDER",
    };

    public static Argument<JobId> Job { get; } = new("JOB")
    {
        Description = "The job, such as J7.",
        CustomParser = Parse,
    };

    /// <summary>A verb about one job.</summary>
    public static VerbCommand WithJob(this VerbCommand verb) => verb.With(Job).With(Folder);

    public static JobStore Store(this VerbRun run) => new(run.Get(Folder));

    public static Job FindJob(this VerbRun run) => new(run.Store(), run.Get(Job));

    private static JobId Parse(ArgumentResult result)
    {
        if (!JobId.TryParse(result.Tokens[0].Value, provider: null, out JobId job))
        {
            result.AddError($"'{result.Tokens[0].Value}' is no job: jobs look like J7 (see `rowen jobs`).");
        }

        return job;
    }
}
