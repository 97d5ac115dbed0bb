namespace Rowen.Protocol.Executors;

/// <summary>The lease lives longer.</summary>
/// <param name="EndsAtNs">When it ends now, in nanoseconds of CLOCK_MONOTONIC.</param>
public sealed record ExecutorRenewal(long EndsAtNs);
