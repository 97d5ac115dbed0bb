using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>One connection's libfabric objects: domain, queues, address vector, endpoint; and the calls on them.</summary>
/// <remarks>
/// Each connection has its own, so that a notification needs no sender's name in its 32 bits, a stranger's writes end in
/// nobody else's queue, and closing it ends whatever libfabric still does for a peer that is gone. One thread at a time.
/// </remarks>
internal sealed unsafe class OfiLink : IDisposable
{
    /// <summary>How many entries are read from a queue at a time.</summary>
    public const int BatchLength = 16;

    /// <summary>Above what a write takes that has left the peer, and below what somebody notices who closes a lease.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(2);

    /// <summary>A peer that goes on although it was told is not waited for.</summary>
    private static readonly TimeSpan MaxSettling = TimeSpan.FromMilliseconds(50);

    private const int AddressBytes = 256;
    private const int ErrorBytes = 256; // the entry grows from release to release

    private readonly LibfabricLibrary _library;
    private FiCqDataEntry* _entries = (FiCqDataEntry*)NativeMemory.AllocZeroed(BatchLength, (nuint)sizeof(FiCqDataEntry));
    private byte* _error = (byte*)NativeMemory.AllocZeroed(ErrorBytes);
    private FidFabric* _fabric;
    private FidDomain* _domain;
    private FidAv* _addresses;
    private FidCq* _sent;
    private FidCq* _received;
    private FidEp* _endpoint;
    private ulong _peer = Fi.AddrUnspec;
    private int _sentDescriptor = -1;
    private int _receivedDescriptor = -1;
    private ulong _keyMask;
    private bool _mustSettle;
    private int _startError;

    private OfiLink(LibfabricLibrary library) => _library = library;

    /// <summary>The most that one operation may move.</summary>
    public ulong MaxOperationBytes { get; private set; }

    /// <summary>Whether memory must be registered before our own operations touch it.</summary>
    public bool NeedsLocalRegistration => (Modes & Fi.MrLocal) != 0;

    /// <summary>Whether peers name bytes of our memory by their address, instead of their offset in it.</summary>
    public bool UsesVirtualAddresses => (Modes & Fi.MrVirtAddr) != 0;

    /// <summary>Whether a descriptor tells when there is something to do.</summary>
    public bool CanSleep => _receivedDescriptor >= 0 && _sentDescriptor >= 0;

    /// <summary>The longest sleep on these descriptors; Slingshot's may miss what arrives while one goes to sleep.</summary>
    public TimeSpan MaxNap { get; private set; }

    /// <summary>Whether what wakes a sleeper says that there is something to do: the descriptor of <c>net</c>, later called <c>tcp</c>, is always ready.</summary>
    public bool IsWakingNews { get; private set; }

    /// <summary>What the peer needs to reach this link.</summary>
    public byte[] Address { get; private set; } = [];

    private int Modes { get; set; }

    /// <summary>Opens everything.</summary>
    /// <param name="library">libfabric.</param>
    /// <param name="info">The provider's description.</param>
    /// <param name="sendCount">Operations that may be under way.</param>
    /// <param name="receiveCount">Notifications and messages that may wait to be taken.</param>
    /// <exception cref="IOException">libfabric refused; the message says what and why.</exception>
    public static OfiLink Open(LibfabricLibrary library, FiInfo* info, int sendCount, int receiveCount)
    {
        using SignalHandlers handlers = SignalHandlers.Keep();
        var link = new OfiLink(library);
        try
        {
            link.ReadLimits(info);
            link._fabric = library.OpenFabric(info);
            link.OpenDomain(info);
            link._sent = link.OpenQueue(sendCount, Fi.CqFormatContext, out link._sentDescriptor);
            link._received = link.OpenQueue(receiveCount, Fi.CqFormatData, out link._receivedDescriptor);
            link.OpenEndpoint(info);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>Says whom all operations are meant for.</summary>
    /// <exception cref="IOException">That is no address of this provider's.</exception>
    public void SetPeer(ReadOnlySpan<byte> address)
    {
        // libfabric reads as much as an address of its kind needs, whatever the peer has sent.
        byte* padded = stackalloc byte[AddressBytes];
        new Span<byte>(padded, AddressBytes).Clear();
        address.CopyTo(new Span<byte>(padded, AddressBytes));
        ulong peer = Fi.AddrUnspec;
        int inserted = address.Length == Address.Length ? _addresses->Ops->Insert(_addresses, padded, 1, &peer, 0, null) : 0;
        _peer = inserted == 1
            ? peer
            : throw new IOException($"libfabric takes no {address.Length} bytes of the peer as an address.");
    }

    /// <summary>Registers memory with the network.</summary>
    /// <exception cref="IOException">libfabric refused; the message says why.</exception>
    public FidMr* Register(byte* start, ulong lengthBytes, ulong access)
    {
        FidMr* registration = null;
        int result;
        int tries = 0;
        do
        {
            ulong key = (Modes & Fi.MrProvKey) != 0 ? 0 : RandomKey.Next() & _keyMask;
            result = _domain->Mr->Reg(_domain, start, (nuint)lengthBytes, access, 0, key, 0, &registration, null);
        }
        while (result == -Fi.Enokey && ++tries < 100); // short keys may meet
        _library.Check(result, "fi_mr_reg");
        if ((Modes & Fi.MrEndpoint) != 0)
        {
            try
            {
                _library.Check(registration->Fid.Ops->Bind(registration, _endpoint, 0), "fi_mr_bind");
                _library.Check(registration->Fid.Ops->Control(registration, Fi.Enable, null), "fi_mr_enable");
            }
            catch
            {
                Close(registration);
                throw;
            }
        }

        return registration;
    }

    /// <summary>Ends a registration: what the peer still sends for it is refused by the network.</summary>
    public static void Close(FidMr* registration) => Close((void*)registration);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OfiResult WriteWithData(byte* local, ulong lengthBytes, void* registration, ulong address, ulong key, uint data, FiContext2* context) =>
        Judge(_endpoint->Rma->Writedata(_endpoint, local, (nuint)lengthBytes, registration, data, _peer, address, key, context));

    public OfiResult Write(byte* local, ulong lengthBytes, void* registration, ulong address, ulong key, FiContext2* context) =>
        Judge(_endpoint->Rma->Write(_endpoint, local, (nuint)lengthBytes, registration, _peer, address, key, context));

    public OfiResult Read(byte* local, ulong lengthBytes, void* registration, ulong address, ulong key, FiContext2* context) =>
        Judge(_endpoint->Rma->Read(_endpoint, local, (nuint)lengthBytes, registration, _peer, address, key, context));

    /// <summary>A write that is complete when its bytes lie in the peer's memory.</summary>
    public OfiResult WriteDelivered(byte* local, ulong lengthBytes, void* registration, ulong address, ulong key, FiContext2* context)
    {
        var from = new Iovec { IovBase = local, IovLen = (nuint)lengthBytes };
        var to = new FiRmaIov { Addr = address, Len = (nuint)lengthBytes, Key = key };
        var message = new FiMsgRma
        {
            MsgIov = &from,
            Desc = &registration,
            IovCount = 1,
            Addr = _peer,
            RmaIov = &to,
            RmaIovCount = 1,
            Context = context,
        };
        return Judge(_endpoint->Rma->Writemsg(_endpoint, &message, Fi.DeliveryComplete | Fi.Completion));
    }

    public OfiResult Send(byte* message, ulong lengthBytes, void* registration, FiContext2* context) =>
        Judge(_endpoint->Msg->Send(_endpoint, message, (nuint)lengthBytes, registration, _peer, context));

    /// <summary>Offers room for the peer's next message.</summary>
    public OfiResult Receive(byte* room, ulong roomBytes, void* registration, FiContext2* context) =>
        Judge(_endpoint->Msg->Recv(_endpoint, room, (nuint)roomBytes, registration, Fi.AddrUnspec, context));

    /// <summary>Takes operations of ours that are complete; <see cref="SentContext"/> names them until the next take.</summary>
    /// <param name="limit">How many at most, up to <see cref="BatchLength"/>.</param>
    /// <returns>How many; -1 if one has failed, and the link with it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeSent(int limit) => Count(_sent->Ops->Read(_sent, _entries, (nuint)limit));

    /// <summary>Context of an operation that was just taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* SentContext(int index) => ((FiCqEntry*)_entries)[index].OpContext;

    /// <summary>Takes notifications and messages of the peer; <see cref="ReceivedEntry"/> gives them until the next take.</summary>
    /// <param name="limit">How many at most, up to <see cref="BatchLength"/>.</param>
    /// <returns>How many; -1 if the link has failed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeReceived(int limit) => Count(_received->Ops->Read(_received, _entries, (nuint)limit));

    /// <summary>A notification or message that was just taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly FiCqDataEntry ReceivedEntry(int index) => ref _entries[index];

    /// <summary>Why the link has failed, after a queue said that it has.</summary>
    public string DescribeFailure() => FailureOrNone(_sent) ?? FailureOrNone(_received) ?? _library.Describe(_startError);

    /// <summary>Adds what tells when there is something to do.</summary>
    /// <returns>False if there is something already, or there may be: look again before you sleep.</returns>
    public bool TryPrepareSleep(SocketSleep sleep, bool isAwaitingSent)
    {
        Fid** queues = stackalloc Fid*[2];
        queues[0] = (Fid*)_received;
        queues[1] = (Fid*)_sent;
        if (_fabric->Ops->Trywait(_fabric, queues, isAwaitingSent ? 2 : 1) != 0)
        {
            return false;
        }

        sleep.Add(_receivedDescriptor, wantsToSend: false);
        if (isAwaitingSent)
        {
            sleep.Add(_sentDescriptor, wantsToSend: false);
        }

        return true;
    }

    /// <summary>Before the end, after the peer was told: takes, and drops, what is still on its way. Returns at once where nothing demands it.</summary>
    /// <remarks>
    /// Over verbs, ofi_rxm posts what it finds in its queue while it closes a connection once more, to the endpoint that it has freed
    /// just before: the process dies. So up to 2.6; mended in 2026-08 ("fix the msg_ep use-after-free at connection teardown").
    /// Its shared receive queue, with which that cannot happen, is no way out: there, writes do not carry notifications.
    /// </remarks>
    public void Settle()
    {
        long startedAt = Stopwatch.GetTimestamp();
        long quietAt = startedAt;
        bool canGoOn = _mustSettle;
        while (canGoOn && Stopwatch.GetElapsedTime(quietAt) < Quiet && Stopwatch.GetElapsedTime(startedAt) < MaxSettling)
        {
            canGoOn = TryDrop(_received, out bool hasReceived) & TryDrop(_sent, out bool hasSent);
            quietAt = hasReceived || hasSent ? Stopwatch.GetTimestamp() : quietAt;
            SpinPause.Once();
        }
    }

    public void Dispose()
    {
        if (_addresses is not null && _peer != Fi.AddrUnspec)
        {
            ulong peer = _peer;
            _ = _addresses->Ops->Remove(_addresses, &peer, 1, 0);
            _peer = Fi.AddrUnspec;
        }

        Close(_endpoint);
        Close(_received);
        Close(_sent);
        Close(_addresses);
        Close(_domain);
        Close(_fabric);
        _endpoint = null;
        _received = _sent = null;
        _addresses = null;
        _domain = null;
        _fabric = null;
        FreeEntries();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Count(nint read) => read >= 0 ? (int)read : read == -Fi.Eagain ? 0 : -1;

    /// <summary>Takes entries of either kind, also of failures.</summary>
    /// <returns>False if the queue itself has failed.</returns>
    private bool TryDrop(FidCq* queue, out bool hasDropped)
    {
        int count = Count(queue->Ops->Read(queue, _entries, BatchLength));
        hasDropped = count > 0;
        return count >= 0 || FailureOrNone(queue) is not null;
    }

    private static void Close(void* anyObject)
    {
        if (anyObject is not null)
        {
            _ = ((Fid*)anyObject)->Ops->Close(anyObject); // each begins with its fid
        }
    }

    private void FreeEntries()
    {
        NativeMemory.Free(_entries);
        NativeMemory.Free(_error);
        _entries = null;
        _error = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private OfiResult Judge(nint result)
    {
        if (result == 0)
        {
            return OfiResult.Started;
        }

        if (result == -Fi.Eagain)
        {
            return OfiResult.Again;
        }

        _startError = (int)-result;
        return OfiResult.Failed;
    }

    private void ReadLimits(FiInfo* info)
    {
        Modes = info->DomainAttr->MrMode;
        MaxOperationBytes = info->EpAttr->MaxMsgSize == 0 ? ulong.MaxValue : info->EpAttr->MaxMsgSize;
        string? name = Marshal.PtrToStringUTF8((nint)info->FabricAttr->ProvName);
        MaxNap = name == "cxi" ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1);
        IsWakingNews = name is not ("net" or "tcp");
        _mustSettle = name == "verbs;ofi_rxm";
        nuint keyBytes = info->DomainAttr->MrKeySize;
        _keyMask = keyBytes is 0 or >= sizeof(ulong) ? ulong.MaxValue : (1UL << (int)(8 * keyBytes)) - 1;
    }

    private void OpenDomain(FiInfo* info)
    {
        FidDomain* domain = null;
        _library.Check(_fabric->Ops->Domain(_fabric, info, &domain, null), "fi_domain");
        _domain = domain;
        var attributes = new FiAvAttr { Type = info->DomainAttr->AvType, Count = 1 };
        FidAv* addresses = null;
        _library.Check(_domain->Ops->AvOpen(_domain, &attributes, &addresses, null), "fi_av_open");
        _addresses = addresses;
    }

    private FidCq* OpenQueue(int length, int format, out int descriptor)
    {
        var attributes = new FiCqAttr { Size = (nuint)length, Format = format, WaitObj = Fi.WaitFd };
        FidCq* queue = null;
        descriptor = -1;
        if (_domain->Ops->CqOpen(_domain, &attributes, &queue, null) < 0)
        {
            attributes.WaitObj = Fi.WaitNone; // EFA, for one, may have nothing to sleep on: its owner looks now and then
            _library.Check(_domain->Ops->CqOpen(_domain, &attributes, &queue, null), "fi_cq_open");
            return queue;
        }

        int opened;
        descriptor = queue->Fid.Ops->Control(queue, Fi.Getwait, &opened) == 0 ? opened : -1;
        return queue;
    }

    private void OpenEndpoint(FiInfo* info)
    {
        FidEp* endpoint = null;
        _library.Check(_domain->Ops->Endpoint(_domain, info, &endpoint, null), "fi_endpoint");
        _endpoint = endpoint;
        Bind(_addresses, 0);
        Bind(_sent, Fi.Transmit);
        Bind(_received, Fi.Recv);
        _library.Check(_endpoint->Fid.Ops->Control(_endpoint, Fi.Enable, null), "fi_enable");
        byte[] address = new byte[AddressBytes];
        nuint lengthBytes = AddressBytes;
        fixed (byte* target = address)
        {
            _library.Check(_endpoint->Cm->Getname(_endpoint, target, &lengthBytes), "fi_getname");
        }

        Address = address[..(int)lengthBytes];
    }

    private void Bind(void* part, ulong flags) => _library.Check(_endpoint->Fid.Ops->Bind(_endpoint, part, flags), "fi_ep_bind");

    private string? FailureOrNone(FidCq* queue)
    {
        new Span<byte>(_error, ErrorBytes).Clear();
        return queue->Ops->Readerr(queue, _error, 0) > 0 ? _library.Describe(((FiCqErrEntry*)_error)->Err) : null;
    }
}
