namespace Rowen.Fabric.Libfabric;

/// <summary>One of libfabric's providers, as it describes itself. What it really can do, a probe of each connection finds out.</summary>
/// <param name="Name">As <c>fi_info</c> names it: <c>verbs;ofi_rxm</c>.</param>
/// <param name="Domain">The device, or what it calls its part of the network.</param>
/// <param name="IsHardware">Whether a network adapter moves the bytes, and not the kernel's TCP.</param>
/// <param name="WhyNotUsed">Why Rowen does not use it; null if it does.</param>
public sealed record LibfabricNetwork(string Name, string Domain, bool IsHardware, string? WhyNotUsed)
{
    /// <summary>Whether Rowen uses it.</summary>
    public bool IsUsed => WhyNotUsed is null;

    /// <summary>Size of the data that a write is said to carry to the peer's completion queue; 0 for none.</summary>
    public int CompletionDataBytes { get; init; }

    /// <summary>The most that it takes without using our memory any longer.</summary>
    public long InjectBytes { get; init; }

    /// <summary>The most that one operation moves.</summary>
    public ulong MaxOperationBytes { get; init; }

    /// <summary>Whether it goes on without our calls.</summary>
    public bool IsProgressAutomatic { get; init; }

    /// <summary>What it demands of registered memory, in words.</summary>
    public IReadOnlyList<string> RegistrationModes { get; init; } = [];
}
