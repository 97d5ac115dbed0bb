using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>libfabric.so.1, loaded when somebody first needs it, and the few functions that it exports.</summary>
/// <remarks>
/// Loading takes a quarter of a second (Debian's brings a dozen providers) and takes signal handlers from .NET, which are given
/// back here. Everything else goes through operation tables of the objects that these functions return.
/// </remarks>
internal sealed unsafe class LibfabricLibrary
{
    private const string Name = "libfabric.so.1";

    /// <summary>What libfabric is to do otherwise than by itself; the user's own environment comes first.</summary>
    /// <remarks>
    /// No cache of registrations: with it, memory that was taken from a peer stays open to the network under the old key, and
    /// pinned; and to learn of memory that goes away, libfabric rewrites code of the C library under a running .NET.
    /// </remarks>
    private static readonly (string Name, string Value)[] Settings = [("FI_MR_CACHE_MAX_COUNT", "0")];

    private static readonly Lock LoadLock = new();
    private static LibfabricLibrary? _loaded;

    private readonly delegate* unmanaged<uint, byte*, byte*, ulong, FiInfo*, FiInfo**, int> _getInfo;
    private readonly delegate* unmanaged<FiInfo*, void> _freeInfo;
    private readonly delegate* unmanaged<FiInfo*, FiInfo*> _duplicateInfo;
    private readonly delegate* unmanaged<FiFabricAttr*, FidFabric**, void*, int> _openFabric;
    private readonly delegate* unmanaged<int, byte*> _describe;

    private LibfabricLibrary(nint handle)
    {
        _getInfo = (delegate* unmanaged<uint, byte*, byte*, ulong, FiInfo*, FiInfo**, int>)NativeLibrary.GetExport(handle, "fi_getinfo");
        _freeInfo = (delegate* unmanaged<FiInfo*, void>)NativeLibrary.GetExport(handle, "fi_freeinfo");
        _duplicateInfo = (delegate* unmanaged<FiInfo*, FiInfo*>)NativeLibrary.GetExport(handle, "fi_dupinfo");
        _openFabric = (delegate* unmanaged<FiFabricAttr*, FidFabric**, void*, int>)NativeLibrary.GetExport(handle, "fi_fabric");
        _describe = (delegate* unmanaged<int, byte*>)NativeLibrary.GetExport(handle, "fi_strerror");
        Version = ((delegate* unmanaged<uint>)NativeLibrary.GetExport(handle, "fi_version"))();
    }

    /// <summary>The oldest that works: from it on, everything that is used here has lain at the same place.</summary>
    public static uint MinVersion => Fi.Version(1, 11);

    /// <summary>The newest meaning of attributes that this code was written for; EFA changed a default with it.</summary>
    public static uint MaxVersion => Fi.Version(1, 18);

    /// <summary>The version of the interface that the library itself has.</summary>
    public uint Version { get; }

    /// <summary>The version of the interface that is asked for.</summary>
    public uint NegotiatedVersion => Math.Min(Version, MaxVersion);

    /// <summary>The library of this process.</summary>
    /// <exception cref="IOException">It is absent or too old; the message says what to install.</exception>
    public static LibfabricLibrary Load()
    {
        lock (LoadLock)
        {
            return _loaded ??= LoadFrom(Name);
        }
    }

    /// <summary>Loads a library of any name.</summary>
    internal static LibfabricLibrary LoadFrom(string name)
    {
        using SignalHandlers handlers = SignalHandlers.Keep();
        Array.ForEach(Settings, static each => NativeEnvironment.SetUnlessSet(each.Name, each.Value));
        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            throw new IOException(
                $"The fabric provider 'ofi' needs {name}, which could not be loaded: install libfabric (Debian: apt-get install libfabric1).");
        }

        try
        {
            var library = new LibfabricLibrary(handle);
            return library.Version >= MinVersion
                ? library
                : throw new IOException(
                    $"{name} speaks version {Describe(library.Version)} of libfabric's interface; the fabric provider 'ofi' needs {Describe(MinVersion)}: "
                    + "install a newer one (Debian: apt-get install libfabric1), or name its folder in LD_LIBRARY_PATH.");
        }
        catch (EntryPointNotFoundException exception)
        {
            throw new IOException(
                $"The {name} that was found is no libfabric: {exception.Message} Install libfabric (Debian: apt-get install libfabric1), or mend LD_LIBRARY_PATH.",
                exception);
        }
    }

    /// <summary>What libfabric can do for such hints; null if nothing. The caller frees it with <see cref="FreeInfo"/>.</summary>
    /// <param name="localAddress">The address of this machine to communicate from, or null for any.</param>
    /// <param name="hints">What is needed.</param>
    public FiInfo* GetInfoOrNone(string? localAddress, FiInfo* hints)
    {
        byte* node = (byte*)Marshal.StringToCoTaskMemUTF8(localAddress);
        try
        {
            FiInfo* found = null;
            int error = _getInfo(NegotiatedVersion, node, null, node is null ? 0 : Fi.Source, hints, &found);
            return error == 0 ? found : null; // whatever the reason, there is no such fabric here
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)node);
        }
    }

    /// <summary>An empty description, to write hints into.</summary>
    public FiInfo* NewInfo() => DuplicateInfo(null);

    /// <summary>A copy that lives on by itself.</summary>
    public FiInfo* DuplicateInfo(FiInfo* info)
    {
        FiInfo* copy = _duplicateInfo(info);
        return copy is not null ? copy : throw new InsufficientMemoryException("libfabric has no memory for a description.");
    }

    /// <summary>Frees a description, and those that follow it.</summary>
    public void FreeInfo(FiInfo* info)
    {
        if (info is not null)
        {
            _freeInfo(info);
        }
    }

    /// <summary>Opens a fabric: where all begins.</summary>
    public FidFabric* OpenFabric(FiInfo* info)
    {
        FidFabric* fabric = null;
        Check(_openFabric(info->FabricAttr, &fabric, null), "fi_fabric");
        return fabric;
    }

    /// <summary>Throws if a call of libfabric failed.</summary>
    /// <exception cref="IOException">It did; the message says what and why.</exception>
    public void Check(int result, string call)
    {
        if (result < 0)
        {
            throw new IOException($"libfabric's {call} failed: {Describe(-result)}.");
        }
    }

    /// <summary>What an error number means.</summary>
    public string Describe(int error) => Marshal.PtrToStringUTF8((nint)_describe(error)) ?? $"error {error}";

    /// <summary>A version as people write it.</summary>
    internal static string Describe(uint version) => $"{version >> 16}.{version & 0xFFFF}";
}
