namespace Rowen.Lambdas;

/// <summary>Types by name whose objects stay where they are, and what to do instead: for the analyzer as for the client.</summary>
/// <remarks>This file is part of both. The analyzer runs in a compiler that has loaded none of these types.</remarks>
internal static class TravelTable
{
    /// <summary>Full names; whatever derives from one, or implements it, is refused too.</summary>
    public static readonly (string Type, string Instead)[] Refused =
    [
        ("System.Threading.CancellationToken", "Give a token to MapAsync or InvokeAsync instead, or set a deadline: both end the wait from outside."),
        ("System.Threading.CancellationTokenSource", "Give a token to MapAsync or InvokeAsync instead, or set a deadline: both end the wait from outside."),
        ("System.Threading.Tasks.Task", "Await it first, and capture its result."),
        ("System.Threading.Tasks.ValueTask", "Await it first, and capture its result."),
        ("System.Threading.Tasks.ValueTask`1", "Await it first, and capture its result."),
        ("System.IO.Stream", "Capture the path or the bytes, and open it in the lambda."),
        ("System.IO.TextReader", "Capture the path or the text, and open it in the lambda."),
        ("System.IO.TextWriter", "Return what is to be written, or write to Console in the lambda: `rowen logs` shows it."),
        ("System.Net.Http.HttpMessageInvoker", "Create it in the lambda, or in a static field: each executor then has its own."),
        ("System.Net.Sockets.Socket", "Connect in the lambda, or in a static field: each executor then has its own connection."),
        ("System.Net.Sockets.TcpClient", "Connect in the lambda, or in a static field: each executor then has its own connection."),
        ("System.Data.Common.DbConnection", "Connect in the lambda, or in a static field: each executor then has its own connection."),
        ("System.Threading.Thread", "A thread stays in its process."),
        ("System.Threading.Lock", "A lock holds nobody in another process. Have each item return its part, and combine the results."),
        ("System.Threading.SemaphoreSlim", "A semaphore holds nobody in another process. The number of leased cores bounds what runs at once."),
        ("System.Threading.ReaderWriterLockSlim", "A lock holds nobody in another process. Have each item return its part, and combine the results."),
        ("System.Threading.WaitHandle", "It holds nobody in another process."),
        ("System.Threading.Timer", "A timer stays in its process."),
        ("System.Diagnostics.Process", "A process stays on its machine."),
        ("System.Runtime.InteropServices.SafeHandle", "A handle means nothing in another process."),
        ("System.Runtime.InteropServices.CriticalHandle", "A handle means nothing in another process."),
        ("System.IntPtr", "An address means nothing in another process. For a number use long."),
        ("System.UIntPtr", "An address means nothing in another process. For a number use ulong."),
        ("Microsoft.Extensions.Logging.ILogger", "Write to Console in the lambda: `rowen logs` shows it."),
        ("System.Reflection.MemberInfo", "Capture the Type, and look for the member in the lambda."),
        ("Rowen.RowenClient", "It belongs to this program. Connect in the lambda: RowenClient.ConnectAsync() finds the cluster that the lambda runs on."),
        ("Rowen.Lease", "A lease belongs to this program. Call its functions from here."),
        ("Rowen.Function", "It belongs to a lease of this program. Call it from here, or capture the method itself."),
        ("Rowen.Function`2", "It belongs to a lease of this program. Call it from here, or capture the method itself."),
        ("Rowen.RemoteMemory", "It belongs to this program. Read it here, and capture what was read."),
        ("Rowen.MemoryRegion", "It belongs to this program. Read it here, and capture what was read."),
    ];

    /// <summary>Classes of the framework for which there is something better to say than that nobody can copy them.</summary>
    /// <param name="name">Full name, of generic types that of the definition.</param>
    public static string? InsteadOrNone(string name) => name switch
    {
        "System.Lazy`1" => "Capture its Value.",
        "System.Threading.ThreadLocal`1" or "System.Threading.AsyncLocal`1" => "Capture its Value.",
        "System.Linq.Lookup`2" => "Capture what it was made of, and call ToLookup in the lambda.",
        _ when name.StartsWith("System.Collections.Frozen.", StringComparison.Ordinal) =>
            "Capture the collection that it was made of, and freeze it in the lambda.",
        _ => null,
    };
}
