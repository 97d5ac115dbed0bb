using System.Net;
using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric.Binding;

namespace Rowen.Fabric.Libfabric;

/// <summary>What libfabric has on this machine, and what of it Rowen uses: a look, nothing stays open.</summary>
/// <param name="Version">Of the library's interface, such as 1.17; null if there is no library that works.</param>
/// <param name="Providers">Providers of reliable datagrams with one-sided access, those that Rowen uses first, the best of them first.</param>
/// <param name="Problem">What is missing and what to do about it; null if nothing is.</param>
public sealed unsafe record LibfabricInventory(string? Version, IReadOnlyList<LibfabricNetwork> Providers, string? Problem)
{
    /// <summary>The provider that two ends with the same networks would agree on; null if there is none, as <see cref="Problem"/> says.</summary>
    public LibfabricNetwork? BestOrNone => Providers.FirstOrDefault(each => each.IsUsed);

    /// <summary>Whether there is a network that is faster than TCP.</summary>
    public bool HasFastNetwork => Providers.Any(each => each.IsUsed && each.IsHardware);

    /// <summary>Looks. The first time in a process it takes a quarter of a second, while the library is loaded.</summary>
    /// <param name="localAddress">The address of this machine from which TCP would go; fast networks are found by themselves.</param>
    public static LibfabricInventory Read(IPAddress localAddress)
    {
        LibfabricLibrary library;
        try
        {
            library = LibfabricLibrary.Load();
        }
        catch (IOException exception)
        {
            return new LibfabricInventory(null, [], exception.Message);
        }

        string version = LibfabricLibrary.Describe(library.Version);
        try
        {
            using LibfabricOffer all = LibfabricOffer.FindAll(library, localAddress);
            LibfabricNetwork[] networks = [.. all.Names.Select(name => Describe(name, all.InfoOf(name)))];
            string? problem = networks.Any(each => each.IsUsed) ? null : $"libfabric {version} has no provider that Rowen uses: see fi_info -t FI_EP_RDM.";
            return new LibfabricInventory(version, networks, problem);
        }
        catch (IOException exception)
        {
            return new LibfabricInventory(version, [], exception.Message);
        }
    }

    /// <summary>Whether a provider of that name moves bytes through a network adapter, and not through the kernel's TCP.</summary>
    public static bool IsHardware(string provider) => LibfabricOffer.IsHardware(provider);

    private static LibfabricNetwork Describe(string name, FiInfo* info) => new(
        name,
        Marshal.PtrToStringUTF8((nint)info->DomainAttr->Name) ?? string.Empty,
        LibfabricOffer.IsHardware(name),
        LibfabricOffer.WhyNotUsed(name))
    {
        CompletionDataBytes = (int)info->DomainAttr->CqDataSize,
        InjectBytes = (long)info->TxAttr->InjectSize,
        MaxOperationBytes = (ulong)info->EpAttr->MaxMsgSize,
        IsProgressAutomatic = info->DomainAttr->DataProgress == Fi.ProgressAuto,
        RegistrationModes = NamesOf(info->DomainAttr->MrMode),
    };

    private static string[] NamesOf(int modes) =>
    [
        .. new[]
        {
            (Fi.MrLocal, "local"), (Fi.MrVirtAddr, "virtual addresses"), (Fi.MrAllocated, "allocated"), (Fi.MrProvKey, "its own keys"),
            (Fi.MrEndpoint, "by endpoint"),
        }.Where(each => (modes & each.Item1) != 0).Select(each => each.Item2),
    ];
}
