using System.Net;
using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>What libfabric is told by its environment: the native one, since it does not see .NET's.</summary>
public sealed partial class OfiEnvironmentTests
{
    [Fact]
    public void Registrations_are_not_cached_so_that_memory_taken_back_is_closed_to_the_network()
    {
        _ = LibfabricInventory.Read(IPAddress.Loopback);

        Assert.Equal("0", Marshal.PtrToStringUTF8(ReadNative("FI_MR_CACHE_MAX_COUNT")));
        Assert.Null(Environment.GetEnvironmentVariable("FI_MR_CACHE_MAX_COUNT"));
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadNative(string name);
}
