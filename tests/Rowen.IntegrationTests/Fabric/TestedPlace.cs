using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>
/// Where one side of the contract stands: both on this machine's loopback, or each in a network namespace of its own where
/// <see cref="NamespaceContractTests"/> has made them.
/// </summary>
/// <remarks>
/// A socket belongs to the network of the thread that makes it, and stays there: so one thread can poll both sides, if endpoints are opened and connected
/// in their places. Threads inherit the network too, those of the runtime not less than a library's: no place is ever assumed, each is entered.
/// </remarks>
internal sealed partial class TestedPlace
{
    /// <summary>Near address, far address and far namespace, by commas.</summary>
    public const string Variable = "ROWEN_TEST_PLACES";

    private const int CloneNewNetwork = 0x40000000; // CLONE_NEWNET of sched.h

    private static readonly string[]? Named = Environment.GetEnvironmentVariable(Variable)?.Split(',');

    /// <summary>Of the process's first thread, which enters no other.</summary>
    private static readonly string OwnNetwork = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/ns/net");

    private readonly string? _network;

    private TestedPlace(IPAddress? address, string? network) => (Address, _network) = (address, network);

    public static TestedPlace Near { get; } = Named is null ? new(null, null) : new(IPAddress.Parse(Named[0]), OwnNetwork);

    public static TestedPlace Far { get; } = Named is null ? new(null, null) : new(IPAddress.Parse(Named[1]), $"/run/netns/{Named[2]}");

    /// <summary>Where endpoints listen; null: loopback.</summary>
    public IPAddress? Address { get; }

    /// <summary>Does something on this thread, in this place.</summary>
    public T Do<T>(Func<T> act)
    {
        if (_network is null)
        {
            return act();
        }

        Enter(_network);
        try
        {
            return act();
        }
        finally
        {
            Enter(OwnNetwork);
        }
    }

    private static void Enter(string network)
    {
        using SafeFileHandle handle = File.OpenHandle(network);
        if (SetNamespace(handle, CloneNewNetwork) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"This thread could not enter the network {network}, which needs root");
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle network, int kind);
}
