using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>The libfabric providers through which this machine can talk to a peer, the best first.</summary>
internal sealed unsafe class LibfabricOffer : IDisposable
{
    private const string Loopback = "shm";

    private const string WhyNoLoopback =
        "it cannot sleep, reports success for writes that the peer refused, and leaves files in /dev/shm when a process is killed. "
        + "Rowen's own provider 'shm' is several times faster.";

    private const int AllRegistrationModes = Fi.MrLocal | Fi.MrVirtAddr | Fi.MrAllocated | Fi.MrProvKey | Fi.MrEndpoint;

    /// <summary>Reliable-datagram providers that work, fast networks first. The rest of libfabric's are for other ends.</summary>
    private static readonly string[] BestFirst =
        ["cxi", "efa", "verbs;ofi_rxm", "opx", "psm3", "psm2", "tcp;ofi_rxm", "net", "tcp"];

    /// <summary>The last of them: from here on, the kernel's TCP moves the bytes.</summary>
    private const string FirstSoftware = "tcp;ofi_rxm";

    private readonly LibfabricLibrary _library;
    private readonly bool _isForShow;
    private readonly List<(string Name, nint Info)> _found = [];

    private LibfabricOffer(LibfabricLibrary library, bool isForShow)
    {
        _library = library;
        _isForShow = isForShow;
    }

    /// <summary>Names, the best first.</summary>
    public IReadOnlyList<string> Names => [.. _found.Select(each => each.Name)];

    /// <summary>Looks which providers there are.</summary>
    /// <param name="library">libfabric.</param>
    /// <param name="options">What the user has chosen.</param>
    /// <param name="localAddress">This machine's address on the way to the peer, for providers that use IP addresses.</param>
    /// <exception cref="IOException">There is none; the message says why, as far as it is known.</exception>
    public static LibfabricOffer Find(LibfabricLibrary library, OfiOptions options, IPAddress localAddress)
    {
        RefuseLoopback(options.LibfabricProvider);
        return Find(library, options, localAddress, isForShow: false);
    }

    /// <summary>Looks for all, also those that are not used, to show them.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public static LibfabricOffer FindAll(LibfabricLibrary library, IPAddress localAddress) =>
        Find(library, new OfiOptions(), localAddress, isForShow: true);

    /// <summary>Whether a network adapter moves the bytes.</summary>
    public static bool IsHardware(string name) => Rank(name) < Array.IndexOf(BestFirst, FirstSoftware);

    /// <summary>Why a provider is not used; null if it is.</summary>
    public static string? WhyNotUsed(string name) => IsLoopback(name)
        ? WhyNoLoopback
        : Rank(name) < BestFirst.Length ? null : "not one of those that Rowen has been tried with";

    private static LibfabricOffer Find(LibfabricLibrary library, OfiOptions options, IPAddress localAddress, bool isForShow)
    {
        using SignalHandlers handlers = SignalHandlers.Keep(); // providers take their devices now
        var offer = new LibfabricOffer(library, isForShow);
        try
        {
            offer.Search(options, localAddress);
            offer.Search(options, localAddress: null); // networks without IP addresses, and devices that have others
            offer._found.Sort((left, right) => Rank(left.Name).CompareTo(Rank(right.Name)));
            return offer._found.Count > 0 ? offer : throw new IOException(DescribeAbsence(options, localAddress));
        }
        catch
        {
            offer.Dispose();
            throw;
        }
    }

    /// <summary>Refuses libfabric's own shared memory.</summary>
    /// <exception cref="IOException">The name is its name.</exception>
    public static void RefuseLoopback(string? provider)
    {
        if (provider is not null && IsLoopback(provider))
        {
            throw new IOException($"libfabric's provider 'shm' is not used: {WhyNoLoopback}");
        }
    }

    /// <summary>The description of a provider of <see cref="Names"/>, until this offer is disposed.</summary>
    public FiInfo* InfoOf(string name) => (FiInfo*)_found.Find(each => each.Name == name).Info;

    public void Dispose()
    {
        foreach ((_, nint info) in _found)
        {
            _library.FreeInfo((FiInfo*)info);
        }

        _found.Clear();
    }

    private static bool IsLoopback(string name) => name.Split(';').Contains(Loopback, StringComparer.Ordinal);

    private static string DescribeAbsence(OfiOptions options, IPAddress localAddress)
    {
        string wanted = options.LibfabricProvider is { } name ? $"no provider '{name}'" : "no provider of reliable datagrams";
        wanted += options.OnlyAdapters ? " with an adapter" : string.Empty;
        string with = options.AuthorizationKey.IsEmpty ? string.Empty : $" that takes an authorization key of {options.AuthorizationKey.Length} bytes";
        return $"libfabric has {wanted}{with} to communicate from {localAddress}: see fi_info -t FI_EP_RDM.";
    }

    private static int Rank(string name)
    {
        int rank = Array.IndexOf(BestFirst, name);
        return rank >= 0 ? rank : BestFirst.Length;
    }

    private void Search(OfiOptions options, IPAddress? localAddress)
    {
        FiInfo* hints = _library.NewInfo();
        FiInfo* first = null;
        try
        {
            WriteHints(hints, options, localAddress);
            first = _library.GetInfoOrNone(localAddress?.ToString(), hints);
            for (FiInfo* info = first; info is not null; info = info->Next)
            {
                Consider(info, options, localAddress);
            }
        }
        finally
        {
            _library.FreeInfo(hints);
            _library.FreeInfo(first);
        }
    }

    private void Consider(FiInfo* info, OfiOptions options, IPAddress? localAddress)
    {
        string name = Marshal.PtrToStringUTF8((nint)info->FabricAttr->ProvName) ?? string.Empty;
        bool isWanted = options.LibfabricProvider is { } wanted ? name == wanted : _isForShow || Rank(name) < BestFirst.Length;
        bool isSoftware = name.StartsWith("tcp", StringComparison.Ordinal) || name == "net";
        bool isElsewhere = localAddress is null && isSoftware; // whatever its address is, the peer does not expect it
        bool isSlow = options.OnlyAdapters && !IsHardware(name);
        if (isWanted && !isElsewhere && !isSlow && InfoOf(name) is null)
        {
            FiInfo* next = info->Next;
            info->Next = null;
            FiInfo* copy = _library.DuplicateInfo(info);
            _found.Add((name, (nint)copy));
            Authorize(copy, options.AuthorizationKey.Span);
            info->Next = next;
        }
    }

    /// <summary>The key lies in memory from malloc: libfabric frees it with the rest.</summary>
    private static void Authorize(FiInfo* info, ReadOnlySpan<byte> key)
    {
        if (!key.IsEmpty && info->DomainAttr->AuthKeySize == 0)
        {
            info->DomainAttr->AuthKey = (byte*)NativeMemory.Alloc((nuint)key.Length);
            info->DomainAttr->AuthKeySize = (nuint)key.Length;
            key.CopyTo(new Span<byte>(info->DomainAttr->AuthKey, key.Length));
        }
    }

    private void WriteHints(FiInfo* hints, OfiOptions options, IPAddress? localAddress)
    {
        hints->Caps = Fi.Msg | Fi.Rma | Fi.Send | Fi.Recv | Fi.Read | Fi.Write | Fi.RemoteRead | Fi.RemoteWrite;
        hints->Mode = Fi.Context | Fi.Context2 | Fi.RxCqData;
        hints->EpAttr->Type = Fi.EpRdm;
        hints->DomainAttr->MrMode = AllRegistrationModes;
        hints->DomainAttr->Threading = Fi.ThreadDomain;
        hints->DomainAttr->ResourceMgmt = Fi.RmEnabled;
        if (localAddress is not null)
        {
            hints->AddrFormat = localAddress.AddressFamily == AddressFamily.InterNetworkV6 ? Fi.SockaddrIn6 : Fi.SockaddrIn;
        }

        if (options.LibfabricProvider is { } provider)
        {
            hints->FabricAttr->ProvName = (byte*)Marshal.StringToCoTaskMemUTF8(provider); // from malloc, too: libfabric frees it
        }

        Authorize(hints, options.AuthorizationKey.Span);
    }

}
