using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Leases;

/// <summary>What the table answers: the lease as it is now, or why not.</summary>
internal readonly record struct LeaseAnswer(LeaseView? View, ErrorAnswer? Error)
{
    public static LeaseAnswer Refuse(ErrorCode code, string message) => new(null, new ErrorAnswer(code, message));

    public static LeaseAnswer Unknown(LeaseId lease) => Refuse(
        ErrorCode.UnknownLease,
        $"No lease {lease} is known: it never was, or it ended long ago. `rowen leases` lists those that are.");
}
