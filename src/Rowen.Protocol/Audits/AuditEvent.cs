namespace Rowen.Protocol.Audits;

/// <summary>What happened, in the manager's audit log.</summary>
public enum AuditEvent
{
    /// <summary>A manager took over its state folder.</summary>
    ManagerStarted = 0,

    /// <summary>Somebody took the cluster down.</summary>
    ClusterTakenDown = 1,

    /// <summary>Entries could not be written, for lack of room or for a fault of the disk; how many is told.</summary>
    EntriesLost = 2,

    /// <summary>A lease was asked for.</summary>
    LeaseAsked = 10,

    /// <summary>It got a node.</summary>
    LeaseGranted = 11,

    /// <summary>It was not given.</summary>
    LeaseRefused = 12,

    /// <summary>Somebody took it back from its owner.</summary>
    LeaseRevoked = 13,

    /// <summary>It is over.</summary>
    LeaseEnded = 14,

    /// <summary>A node's agent joined.</summary>
    NodeJoined = 20,

    /// <summary>It is gone: it left, or fell silent.</summary>
    NodeLeft = 21,

    /// <summary>A node was asked for, from the batch system.</summary>
    PilotSubmitted = 30,

    /// <summary>A node was not asked for after all, or could not be: the batch system says why.</summary>
    PilotFailed = 31,

    /// <summary>A pilot that waited was taken back.</summary>
    PilotCancelled = 32,

    /// <summary>A pilot was told to give its node back.</summary>
    PilotSentAway = 33,

    /// <summary>Harvesting was stopped.</summary>
    HarvestFrozen = 34,

    /// <summary>Harvesting goes on.</summary>
    HarvestThawed = 35,

    /// <summary>A job's own comment offered what it leaves over, and it was taken at its word.</summary>
    LendingBegan = 36,

    /// <summary>What a job offered could not be used, or no longer.</summary>
    LendingFailed = 37,

    /// <summary>A lease exceeds what its owner may have: it waits, or was refused.</summary>
    LimitHit = 40,

    /// <summary>The limits were read anew, or could not be.</summary>
    LimitsChanged = 41,

    /// <summary>A code package arrived.</summary>
    PackageRegistered = 50,
}
