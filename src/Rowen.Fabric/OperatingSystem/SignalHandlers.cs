using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Keeps this process's signal handlers while code runs that takes some for itself.</summary>
/// <remarks>
/// .NET turns SIGSEGV into NullReferenceException. A library that installs a handler of its own for it (several network
/// libraries do, as soon as they are loaded) makes the next such exception the end of the process.
/// </remarks>
internal sealed unsafe partial class SignalHandlers : IDisposable
{
    private const int SignalCount = 64;

    /// <summary>More than struct sigaction takes in any C library of Linux (152 in GNU's).</summary>
    private const int ActionBytes = 256;

    private readonly byte[] _actions = new byte[SignalCount * ActionBytes];
    private readonly bool[] _isKnown = new bool[SignalCount];

    private SignalHandlers()
    {
        for (int signal = 1; signal <= SignalCount; signal++)
        {
            _isKnown[signal - 1] = TryRead(signal, Action(signal)); // those of the C library itself cannot be read
        }
    }

    /// <summary>Remembers all handlers; dispose the result to have back those that were changed meanwhile.</summary>
    public static SignalHandlers Keep() => new();

    /// <summary>Gives changed signals their handlers back.</summary>
    public void Dispose()
    {
        Span<byte> now = stackalloc byte[ActionBytes];
        for (int signal = 1; signal <= SignalCount; signal++)
        {
            now.Clear();
            if (_isKnown[signal - 1] && TryRead(signal, now) && !now.SequenceEqual(Action(signal)))
            {
                fixed (byte* kept = Action(signal))
                {
                    _ = SetAction(signal, kept, null); // the kernel gave us this very action
                }
            }
        }
    }

    private static bool TryRead(int signal, Span<byte> action)
    {
        fixed (byte* target = action)
        {
            return SetAction(signal, null, target) == 0;
        }
    }

    private Span<byte> Action(int signal) => _actions.AsSpan((signal - 1) * ActionBytes, ActionBytes);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SetAction(int signal, byte* action, byte* previous);
}
