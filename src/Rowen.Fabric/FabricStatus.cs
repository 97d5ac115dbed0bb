namespace Rowen.Fabric;

/// <summary>Whether an operation was started.</summary>
public enum FabricStatus
{
    /// <summary>It was started; its completion, where one is wanted, comes from the endpoint.</summary>
    Ok = 0,

    /// <summary>Nothing happened, a queue is full: poll the endpoint, then try again.</summary>
    Again = 1,

    /// <summary>Nothing happened, the peer is gone.</summary>
    Lost = 2,
}
