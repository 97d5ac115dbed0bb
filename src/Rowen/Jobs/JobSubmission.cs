using Rowen.Functions;

namespace Rowen.Jobs;

/// <summary>What somebody submits.</summary>
/// <param name="Description">The job; its items' count and hash, its package and its time are filled in.</param>
/// <param name="Items">The items, read once; null if they are a range.</param>
/// <param name="Code">The functions; null if the items are commands.</param>
internal sealed record JobSubmission(JobDescription Description, IEnumerable<ReadOnlyMemory<byte>>? Items, CodePackage? Code);
