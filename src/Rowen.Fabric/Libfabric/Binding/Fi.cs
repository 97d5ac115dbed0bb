namespace Rowen.Fabric.Libfabric.Binding;

/// <summary>Numbers of libfabric's headers: <c>RemoteCqData</c> is FI_REMOTE_CQ_DATA, and so on.</summary>
/// <remarks>A test compares each with the headers of the libfabric that is installed.</remarks>
internal static class Fi
{
    public const ulong Msg = 1UL << 1;
    public const ulong Rma = 1UL << 2;
    public const ulong Read = 1UL << 8;
    public const ulong Write = 1UL << 9;
    public const ulong Recv = 1UL << 10;
    public const ulong Send = 1UL << 11;
    public const ulong Transmit = 1UL << 11;
    public const ulong RemoteRead = 1UL << 12;
    public const ulong RemoteWrite = 1UL << 13;
    public const ulong RemoteCqData = 1UL << 17;
    public const ulong DeliveryComplete = 1UL << 28;
    public const ulong Completion = 1UL << 24;
    public const ulong Source = 1UL << 57;

    public const ulong Context = 1UL << 59;
    public const ulong Context2 = 1UL << 52;
    public const ulong RxCqData = 1UL << 56;

    public const int EpRdm = 3;
    public const int ThreadDomain = 3;
    public const int ProgressAuto = 1;
    public const int RmEnabled = 2;
    public const uint SockaddrIn = 2;
    public const uint SockaddrIn6 = 3;
    public const ulong AddrUnspec = ulong.MaxValue;
    public const ulong KeyNotavail = ulong.MaxValue;

    public const int MrLocal = 1 << 2;
    public const int MrVirtAddr = 1 << 4;
    public const int MrAllocated = 1 << 5;
    public const int MrProvKey = 1 << 6;
    public const int MrEndpoint = 1 << 9;

    public const int CqFormatContext = 1;
    public const int CqFormatData = 3;
    public const int WaitNone = 0;
    public const int WaitFd = 3;

    public const int Getwait = 5;
    public const int Enable = 6;

    public const int Eagain = 11;
    public const int Enosys = 38;
    public const int Enodata = 61;
    public const int Eavail = 259;
    public const int Enokey = 266;

    /// <summary>What FI_VERSION makes of two numbers.</summary>
    public static uint Version(uint major, uint minor) => (major << 16) | minor;
}
