namespace Rowen.Cli.Verbs;

/// <summary>What one user's leases have used in one batch job. <c>sacct</c> knows the job by the same number.</summary>
internal sealed record JobUsage(
    string Job, string User, string NodeName, int LeaseCount, long AllocatedMs, long PollingMs, long ComputingMs, long InvocationCount, long MemoryMebibyteSeconds);
