using Rowen.Cli.Output;

namespace Rowen.Cli.Jobs;

/// <summary>What the end of a job is to a shell.</summary>
internal static class JobExit
{
    public static int Of(JobState state) => state switch
    {
        JobState.Done => ExitCode.Done,
        JobState.Failed => ExitCode.FunctionFailed,
        _ => ExitCode.Failed,
    };
}
