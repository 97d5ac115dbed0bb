namespace Rowen;

/// <summary>What to do when a lease cannot be had at once.</summary>
public enum WhenFull
{
    /// <summary>Wait in the manager's queue; <see cref="LeaseProgress"/> says for what.</summary>
    Wait = 0,

    /// <summary>Fail at once with <see cref="Protocol.Errors.ErrorCode.CapacityExhausted"/>.</summary>
    Fail = 1,
}
