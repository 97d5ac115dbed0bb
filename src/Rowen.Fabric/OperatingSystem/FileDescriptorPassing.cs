using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Sends open files through a Unix socket (SCM_RIGHTS), which .NET has no call for.</summary>
internal static unsafe partial class FileDescriptorPassing
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int MaxFiles = 4;
    private const int ControlBytes = 16 + (MaxFiles * sizeof(int));

    /// <summary>Sends a message with files; the message is small enough to go at once or not at all.</summary>
    /// <returns>False if the peer is gone or does not read.</returns>
    public static bool Send(Socket socket, ReadOnlySpan<byte> message, ReadOnlySpan<SafeFileHandle> files)
    {
        byte* control = stackalloc byte[ControlBytes];
        var rights = (ControlHeader*)control;
        *rights = new ControlHeader { Length = (nuint)(16 + (files.Length * sizeof(int))), Level = SocketLevel, Kind = Rights };
        for (int i = 0; i < files.Length; i++)
        {
            ((int*)(control + 16))[i] = (int)files[i].DangerousGetHandle();
        }

        fixed (byte* bytes = message)
        {
            var vector = new IoVector { Start = bytes, Length = (nuint)message.Length };
            var header = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = (nuint)((16 + (files.Length * sizeof(int)) + 7) & ~7),
            };
            return SendMessage(socket.SafeHandle, &header, DoNotWait | NoSignal) == message.Length;
        }
    }

    /// <summary>Takes a message and its files, if one is there. Does not block.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="message">Receives the message.</param>
    /// <param name="files">Receives files, which the caller then owns.</param>
    /// <returns>Bytes received; 0 at the end of the socket; -1 if nothing is there.</returns>
    public static int Receive(Socket socket, Span<byte> message, List<SafeFileHandle> files)
    {
        byte* control = stackalloc byte[ControlBytes];
        fixed (byte* bytes = message)
        {
            var vector = new IoVector { Start = bytes, Length = (nuint)message.Length };
            var header = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlBytes };
            nint received = ReceiveMessage(socket.SafeHandle, &header, DoNotWait | CloseOnExec);
            var rights = (ControlHeader*)control;
            if (received > 0 && header.ControlLength >= 16 && rights->Level == SocketLevel && rights->Kind == Rights)
            {
                int count = ((int)Math.Min(rights->Length, header.ControlLength) - 16) / sizeof(int);
                for (int i = 0; i < count; i++)
                {
                    files.Add(new SafeFileHandle(((int*)(control + 16))[i], ownsHandle: true));
                }
            }

            return (int)received;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader // struct msghdr of 64-bit Linux
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ControlHeader // struct cmsghdr
    {
        public nuint Length;
        public int Level;
        public int Kind;
    }
}
