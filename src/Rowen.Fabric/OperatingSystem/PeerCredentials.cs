using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Who is at the other end of a Unix socket, by the kernel's word (SO_PEERCRED), not by the peer's.</summary>
/// <param name="ProcessId">The process that connected, in our own process namespace; 0 if it is in another.</param>
/// <param name="UserId">Its effective user at that moment.</param>
/// <param name="GroupId">Its effective group at that moment.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    /// <summary>The effective user of this process: the only one whose connections are ours.</summary>
    public static uint OwnUserId { get; } = NativeUser.GetEffectiveUserId();

    /// <summary>Asks the kernel about a connected Unix socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="credentials">The peer at the moment of its connect.</param>
    /// <returns>False if the socket is not a Unix socket, or ended.</returns>
    public static bool TryGet(Socket socket, out PeerCredentials credentials)
    {
        credentials = default;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            return false; // the kernel would answer, with nobody
        }

        Span<int> answer = stackalloc int[3];
        try
        {
            int length = socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, MemoryMarshal.AsBytes(answer));
            credentials = new PeerCredentials(answer[0], (uint)answer[1], (uint)answer[2]);
            return length == answer.Length * sizeof(int);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
