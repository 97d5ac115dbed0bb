namespace Rowen.ResourceManager.Harvesting;

internal static partial class HarvestLog
{
    [LoggerMessage(1300, LogLevel.Information, "Pilot {Job} is submitted: {Waiting} leases wait.")]
    public static partial void Submitted(ILogger logger, string job, int waiting);

    [LoggerMessage(1301, LogLevel.Warning, "No pilot could be submitted; again in {RestMs} ms: {Why}")]
    public static partial void SubmitFailed(ILogger logger, string why, long restMs);

    [LoggerMessage(1302, LogLevel.Warning, "The batch system cannot be asked; again in {RestMs} ms: {Why}")]
    public static partial void LookFailed(ILogger logger, string why, long restMs);

    [LoggerMessage(1303, LogLevel.Warning, "{Failure}")]
    public static partial void PilotFailed(ILogger logger, string failure);

    [LoggerMessage(1304, LogLevel.Information, "Pilots that nobody needs are taken back: {Jobs}.")]
    public static partial void TakenBack(ILogger logger, string jobs);

    [LoggerMessage(1305, LogLevel.Information, "{Nodes} go back to the batch system: {Why}.")]
    public static partial void SentAway(ILogger logger, string nodes, string why);

    [LoggerMessage(1307, LogLevel.Information, "Job {Job} offers {Cores} cores and {Mebibytes} MiB on each of its {Nodes} nodes, and leases wait: agents begin there.")]
    public static partial void Borrows(ILogger logger, string job, int nodes, int cores, long mebibytes);

    [LoggerMessage(1308, LogLevel.Warning, "What job {Job} offers could not be used, or no longer: {Why}")]
    public static partial void LendingFailed(ILogger logger, string job, string why);

    [LoggerMessage(1306, LogLevel.Error, "Pilots could not be taken back; do it with `scancel {Jobs}`: {Why}")]
    public static partial void LeftBehind(ILogger logger, string jobs, string why);
}
