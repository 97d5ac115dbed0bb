using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>A job, as pruning sees it.</summary>
/// <param name="Id">The job.</param>
/// <param name="Package">The package that it needs.</param>
/// <param name="Bytes">Of its files.</param>
/// <param name="LastChangedAt">Of any of its files.</param>
/// <param name="IsNeeded">Whether a process runs it, or is about to.</param>
/// <param name="HasSettled">Whether it has come to an end that nobody would resume.</param>
internal sealed record StoredJob(JobId Id, string Package, long Bytes, DateTimeOffset LastChangedAt, bool IsNeeded, bool HasSettled);
