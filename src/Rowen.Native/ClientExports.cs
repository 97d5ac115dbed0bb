using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>Clusters and errors. What each export promises stands in bindings/c/rowen.h.</summary>
internal static unsafe class ClientExports
{
    private static readonly byte* Version = (byte*)Marshal.StringToCoTaskMemUTF8(
        typeof(ClientExports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty);

    private static readonly Dictionary<int, nint> Names = MakeNames();

    [UnmanagedCallersOnly(EntryPoint = "rowen_version", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetVersion()
    {
        _ = ForkMark.IsFork; // from the first call on, whichever it is
        return Version;
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_error_name", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetErrorName(int code)
    {
        _ = ForkMark.IsFork;
        return (byte*)(Names.TryGetValue(code, out nint name) ? name : Names[-1]);
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetLastError()
    {
        _ = ForkMark.IsFork;
        return NativeError.Last;
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_connect", CallConvs = [typeof(CallConvCdecl)])]
    public static int Connect(byte* clusterFile, nint* client) => Open(client, () => RowenClient.ConnectAsync(Text.OrNull(clusterFile), NamedOptions()));

    [UnmanagedCallersOnly(EntryPoint = "rowen_start_local", CallConvs = [typeof(CallConvCdecl)])]
    public static int StartLocal(byte* rowenPath, int cores, nint* client) =>
        Open(client, () => RowenClient.StartLocalAsync(new LocalClusterOptions { RowenPath = Text.OrNull(rowenPath), Cores = cores, Client = NamedOptions() }));

    [UnmanagedCallersOnly(EntryPoint = "rowen_disconnect", CallConvs = [typeof(CallConvCdecl)])]
    public static int Disconnect(nint client) => Close<RowenClient>(client);

    /// <summary>Makes an object with a handle.</summary>
    public static int Open<T>(nint* handle, Func<Task<T>> open)
        where T : class => Guard.Run(() =>
    {
        if (handle is null)
        {
            return NativeError.Fail(NativeError.BadArgument, "There is no place for the handle: the last argument is NULL.");
        }

        *handle = 0;
        *handle = Handle.Of(Blocking.Wait(open()));
        return NativeError.Ok;
    });

    /// <summary>Gives an object back, with its handle.</summary>
    public static int Close<T>(nint handle)
        where T : class, IAsyncDisposable => Guard.Run(() =>
    {
        if (Handle.Free<T>(handle) is { } target)
        {
            Blocking.Dispose(target);
        }

        return NativeError.Ok;
    });

    /// <summary>Leases show who holds them: the program, whose name a runtime within a library does not know by itself.</summary>
    private static RowenClientOptions NamedOptions()
    {
        const int longest = 100; // of a name's 200 letters; the rest is for process and host
        string program = Path.GetFileName(Environment.ProcessPath) is { Length: > 0 } name ? name : "librowen";
        return new RowenClientOptions { ClientName = $"{program[..Math.Min(program.Length, longest)]} {Environment.ProcessId} on {Environment.MachineName}" };
    }

    private static Dictionary<int, nint> MakeNames()
    {
        Dictionary<int, nint> names = Enum.GetValues<ErrorCode>().ToDictionary(code => (int)code, code => Marshal.StringToCoTaskMemUTF8(code.ToString()));
        names[NativeError.Ok] = Marshal.StringToCoTaskMemUTF8("Ok");
        names[NativeError.Again] = Marshal.StringToCoTaskMemUTF8("Again");
        names[NativeError.BadArgument] = Marshal.StringToCoTaskMemUTF8("BadArgument");
        names[NativeError.Forked] = Marshal.StringToCoTaskMemUTF8("Forked");
        names[NativeError.Done] = Marshal.StringToCoTaskMemUTF8("Done");
        names[NativeError.NoObject] = Marshal.StringToCoTaskMemUTF8("NoObject");
        names[-1] = Marshal.StringToCoTaskMemUTF8("a code that this library does not know");
        return names;
    }
}
