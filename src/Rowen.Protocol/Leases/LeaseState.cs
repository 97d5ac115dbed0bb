namespace Rowen.Protocol.Leases;

/// <summary>Where a lease stands in its life. It only moves downwards.</summary>
public enum LeaseState
{
    /// <summary>Asked for, not granted yet: <see cref="LeaseView.Reason"/> says what it waits for.</summary>
    Waiting = 0,

    /// <summary>Granted and durable; its executor is being prepared.</summary>
    Starting = 1,

    /// <summary>Its executor takes invocations.</summary>
    Active = 2,

    /// <summary>It is being taken back gracefully: running invocations finish, no new ones start.</summary>
    Ending = 3,

    /// <summary>It is over: <see cref="LeaseView.EndCode"/> and <see cref="LeaseView.Reason"/> say why.</summary>
    Ended = 4,
}
