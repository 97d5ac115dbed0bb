using Rowen.Functions;
using Rowen.Lambdas;

namespace Rowen.Jobs;

/// <summary>What somebody submits.</summary>
/// <param name="Description">The job; its items' count and hash, its package and its time are filled in.</param>
/// <param name="Items">The items, read once; null if they are a range.</param>
/// <param name="Code">The functions; null if the items are commands.</param>
/// <param name="Lambda">The function, if the package does not name it.</param>
internal sealed record JobSubmission(
    JobDescription Description, IEnumerable<ReadOnlyMemory<byte>>? Items, CodePackage? Code, CapturedLambda? Lambda = null);
