using Rowen.Protocol.Errors;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent.Executors;

/// <summary>An executor is gone, with every process of its group.</summary>
/// <param name="Code">Why, as far as its exit, its own last words and its limits tell.</param>
/// <param name="Why">Why, in a sentence for the lease's owner.</param>
/// <param name="Usage">The final meters of its lease; null if it had none.</param>
internal sealed record ExecutorEnd(ErrorCode Code, string Why, LeaseUsage? Usage);
