using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The reading end of a pipe into which a child process prints. Reading never blocks.</summary>
/// <remarks>Thread safety: one reader. Whoever started the child disposes it.</remarks>
public sealed partial class OutputPipe : IDisposable
{
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    internal OutputPipe(SafeFileHandle handle) => Handle = handle;

    /// <summary>The open end, for <see cref="DescriptorPoll"/>.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Whether all writers have closed it and everything was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes what is there.</summary>
    /// <param name="target">Receives bytes from its first.</param>
    /// <returns>How many; 0 if nothing is there now, or never will be (<see cref="HasEnded"/>).</returns>
    public int Read(Span<byte> target)
    {
        if (HasEnded)
        {
            return 0;
        }

        nint count = ReadBytes(Handle, target, (nuint)target.Length);
        if (count > 0)
        {
            return (int)count;
        }

        HasEnded = count == 0 || Marshal.GetLastPInvokeError() is not (TryAgain or Interrupted);
        return 0;
    }

    /// <summary>Closes this end; who still writes gets SIGPIPE.</summary>
    public void Dispose()
    {
        HasEnded = true;
        Handle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadBytes(SafeFileHandle file, Span<byte> target, nuint sizeBytes);
}
