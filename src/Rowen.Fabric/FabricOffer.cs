using System.Net;
using Rowen.Fabric.Libfabric;

namespace Rowen.Fabric;

/// <summary>The providers that one end offers for a connection when nobody has chosen one: the fastest first, and why others are not among them.</summary>
/// <param name="Names">Names of providers.</param>
/// <param name="WhyNotFaster">For each provider that would be faster, its name and the reason why it is not offered.</param>
public sealed record FabricOffer(IReadOnlyList<string> Names, IReadOnlyList<string> WhyNotFaster)
{
    private const string Libfabric = "ofi";

    /// <summary>Adapters come and go with reboots: one look is enough for a process.</summary>
    private static readonly Lazy<string?> NoFastNetwork = new(LookForFastNetwork);

    /// <summary>Why <c>ofi</c> would not be faster than <c>tcp</c> from this machine; null if it would.</summary>
    /// <remarks>libfabric is loaded, which takes a quarter of a second once, only where the kernel shows an adapter for it.</remarks>
    public static string? WhyNoFastNetwork => NoFastNetwork.Value;

    /// <summary>Whether somebody asked for a provider by name.</summary>
    public bool IsForced { get; private init; }

    /// <summary>The one that somebody asked for by name.</summary>
    public static FabricOffer Only(string name) => new([name], []) { IsForced = true };

    /// <summary>What this machine has for a peer.</summary>
    /// <param name="isSameHost">Whether the peer is on this machine.</param>
    public static FabricOffer ForPeer(bool isSameHost) => isSameHost ? new FabricOffer(["shm", "tcp"], []) : Across(WhyNoFastNetwork);

    /// <summary>The provider that an end which made this offer uses.</summary>
    /// <param name="name">The one that the peer has chosen.</param>
    /// <returns>Null if it was not offered. libfabric that nobody asked for takes networks with adapters alone: two ends whose
    /// networks differ have libfabric's TCP in common, which is slower than <c>tcp</c>.</returns>
    public FabricProvider? ProviderOrNone(string name) => !Names.Contains(name)
        ? null
        : name == Libfabric && !IsForced ? new OfiProvider(new OfiOptions { OnlyAdapters = true }) : FabricProviders.ByNameOrNone(name);

    /// <summary>What is left once libfabric has failed.</summary>
    /// <param name="why">How it has failed.</param>
    public FabricOffer WithoutLibfabric(string why) =>
        new([.. Names.Where(name => name != Libfabric)], [.. WhyNotFaster, $"{Libfabric}: {why}"]);

    /// <summary>For people: <c>shm, tcp (not ofi: no adapter that needs it)</c>.</summary>
    public static string DescribeMachine() => Describe(WhyNoFastNetwork);

    /// <summary>The rule behind <see cref="ForPeer"/>.</summary>
    internal static FabricOffer Across(string? whyNotLibfabric)
    {
        var all = new FabricOffer([Libfabric, "tcp"], ["shm: the other end is on another machine"]);
        return whyNotLibfabric is null ? all : all.WithoutLibfabric(whyNotLibfabric);
    }

    /// <summary>The rule behind <see cref="DescribeMachine"/>.</summary>
    internal static string Describe(string? whyNotLibfabric) =>
        whyNotLibfabric is null ? "shm, ofi, tcp" : $"shm, tcp (not ofi: {whyNotLibfabric})";

    private static string? LookForFastNetwork()
    {
        IReadOnlyList<string> devices = FastNetworks.FindDevices();
        return devices.Count == 0 ? "no adapter that needs it" : Judge(devices, LibfabricInventory.Read(IPAddress.Loopback));
    }

    private static string? Judge(IReadOnlyList<string> devices, LibfabricInventory inventory) => inventory.HasFastNetwork
        ? null
        : inventory.Problem ?? $"libfabric {inventory.Version} has no provider for {string.Join(", ", devices)}";
}
