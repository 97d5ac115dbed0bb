using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager;

/// <summary>One call to the lease table, on its way through the loop.</summary>
internal abstract class ManagerCommand
{
    /// <summary>Calls the table; performs nothing.</summary>
    public abstract void Decide(LeaseTable table, long nowMs, ICollection<LeaseEffect> effects);

    /// <summary>Answers, now that what was decided is durable.</summary>
    /// <param name="undone">Leases that could not be made durable, and were undone.</param>
    /// <param name="fault">Why they could not.</param>
    public abstract void Complete(IReadOnlySet<LeaseId> undone, string? fault);

    /// <summary>Answers that nothing will come of it.</summary>
    public abstract void Fail(RowenException error);
}
