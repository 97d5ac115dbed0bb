using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.ResourceManager.Http;

/// <summary>What an agent's messages must be, beyond being JSON.</summary>
internal static class NodeMessageRules
{
    private const int IdentityLength = 32;
    private const int MaxNameLength = 200;
    private const int MaxRemarkLength = 1000;
    private const int MaxPathLength = 4096;

    /// <summary>Beyond any machine; keeps sums far from overflow.</summary>
    private const int MaxCores = 65_536;

    private const long MaxMemoryBytes = 1L << 50;

    /// <summary>No clock runs that long; keeps sums far from overflow.</summary>
    private const long MaxClockMs = 1L << 50;

    private const double MaxSlowDown = 1e6;

    public static void Check(NodeJoin join)
    {
        Refuse(!IsIdentity(join.Instance), "instance must be 32 hexadecimal digits");
        Refuse(join.FolderId.Length > 0 && !IsIdentity(join.FolderId), "folderId must be 32 hexadecimal digits, or empty");
        Refuse(join.LogFolder.Length > MaxPathLength || join.LogFolder.Any(char.IsControl), "logFolder must be a path of at most 4096 letters, or empty");
        Refuse(join.Name.Length is 0 or > MaxNameLength, "name must have 1 to 200 letters");
        Refuse(join.RowenVersion.Length > MaxNameLength, "rowenVersion must have at most 200 letters");
        Refuse(join.Fabrics.Length > MaxRemarkLength, "fabrics must have at most 1000 letters");
        Refuse(join.BatchJob.Length > MaxNameLength || join.BatchJob.Any(char.IsControl), "batchJob must have at most 200 letters");
        Refuse(!Enum.IsDefined(join.JobBound), "jobBound must be Unknown, Compute, Memory or Network");
        Refuse(join.EndsAtAgentMs is < 0 or > MaxClockMs, "endsAtAgentMs must be a clock's time, or 0");
        Refuse(join.Cores is < 1 or > MaxCores, "cores must be 1 to 65536");
        Refuse(join.MemoryBytes is < 1 or > MaxMemoryBytes, "memoryBytes must be 1 to 2^50");
        CheckClock(join.AgentClockMs);
        Refuse(join.Serving.Any(lease => lease is null || lease.Lease == default || HasNull(lease.Addresses)), "serving must name leases");
    }

    public static void Check(NodeReport report)
    {
        CheckClock(report.AgentClockMs);
        Refuse(report.Events.Any(happened => happened is null || HasNull(happened.Addresses)), "events must not be null");
        Refuse(report.MemorySlowDown is not 0 and not (>= 1 and <= MaxSlowDown), "memorySlowDown must be 0, or 1 to a million");
        Refuse(report.Usage.Any(usage => usage is null), "usage must not be null");
    }

    private static bool IsIdentity(string text) => text.Length == IdentityLength && text.All(char.IsAsciiHexDigit);

    /// <summary>Parameters of records may be missing in the JSON whatever their type says.</summary>
    private static bool HasNull(IReadOnlyList<string>? addresses) =>
        addresses is null || addresses.Any(address => address is null);

    private static void CheckClock(long clockMs) => Refuse(clockMs is < 0 or > MaxClockMs, "agentClockMs must be a clock's time");

    private static void Refuse(bool isWrong, string rule)
    {
        if (isWrong)
        {
            throw new RowenException(ErrorCode.BadRequest, $"An agent's message was refused: {rule}.");
        }
    }
}
