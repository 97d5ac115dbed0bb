using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>A small write that shows what a link can do: attributes promise what some networks do not keep.</summary>
internal sealed unsafe class OfiProbe : IDisposable
{
    /// <summary>Contexts that probes have for themselves, a write's and a message's for each strategy: an answer may come when all is over.</summary>
    public const int ContextCount = 4;

    private const uint Immediate = 0x50524F42;
    private const ulong SourceOffset = 2048;

    private readonly OfiLink _link;
    private readonly OfiBuffers _buffers;
    private readonly byte[] _token;
    private readonly byte* _page;
    private FidMr* _registration;
    private OfiStrategy _strategy;
    private bool _isWriteStarted;
    private bool _isWriteDone;
    private bool _isMessageStarted;

    public OfiProbe(OfiLink link, OfiBuffers buffers, ReadOnlySpan<byte> token)
    {
        _link = link;
        _buffers = buffers;
        _token = token.ToArray();
        _page = PrivatePages.Reserve(PrivatePages.PageBytes);
        ulong access = Fi.RemoteWrite | (link.NeedsLocalRegistration ? Fi.Write | Fi.Send | Fi.Recv : 0);
        _registration = link.Register(_page, PrivatePages.PageBytes, access);
    }

    /// <summary>Why an attempt has failed.</summary>
    public string Failure { get; private set; } = string.Empty;

    /// <summary>Where the peer's probe goes.</summary>
    public ulong Address => _link.UsesVirtualAddresses ? (ulong)_page : 0;

    /// <summary>libfabric's key of it.</summary>
    public ulong NetworkKey => _registration->Key;

    private int WriteContext => OfiOperations.MaxCount + (2 * ((int)_strategy - 1));

    private int MessageContext => WriteContext + 1;

    /// <summary>Begins to prove one strategy to the peer.</summary>
    public void Begin(OfiStrategy strategy)
    {
        _strategy = strategy;
        _isWriteStarted = _isWriteDone = _isMessageStarted = false;
        Pattern(strategy).CopyTo(new Span<byte>(_page + SourceOffset, ConnectRequest.TokenSizeBytes));
    }

    /// <summary>Brings the attempt on.</summary>
    /// <returns>False if it has failed.</returns>
    public bool TryGoOn(in OfiPlace peer)
    {
        if (!_isWriteStarted && !TryStart(StartWrite(peer), "the write", ref _isWriteStarted))
        {
            return false;
        }

        bool isMessageDue = _strategy == OfiStrategy.Message && _isWriteDone && !_isMessageStarted;
        if (isMessageDue && !TryStart(SendMessage(peer), "the message", ref _isMessageStarted))
        {
            return false;
        }

        int count = _link.TakeSent(limit: 1);
        if (count < 0)
        {
            Failure = _link.DescribeFailure();
            return false;
        }

        _isWriteDone |= count > 0 && _link.SentContext(0) == _buffers.SendContext(WriteContext);
        return true;
    }

    /// <summary>Looks whether the peer's probe has come.</summary>
    /// <param name="ownSecret">What its message begins with.</param>
    /// <param name="seen">The strategy that it proves; <see cref="OfiStrategy.None"/> if the bytes are others than were sent.</param>
    /// <returns>Whether one has come.</returns>
    /// <exception cref="IOException">The link has failed.</exception>
    public bool HasCome(ulong ownSecret, out OfiStrategy seen)
    {
        seen = OfiStrategy.None;
        int count = _link.TakeReceived(limit: 1);
        if (count < 0)
        {
            throw new IOException($"libfabric's connection failed while it was probed: {_link.DescribeFailure()}.");
        }

        bool hasCome = count > 0 && IsProbe(_link.ReceivedEntry(0), ownSecret, out seen);
        if (count > 0)
        {
            _buffers.GiveBack(_link.ReceivedEntry(0).OpContext);
            _ = _buffers.Post();
        }

        if (hasCome && !Pattern(seen).SequenceEqual(new ReadOnlySpan<byte>(_page, ConnectRequest.TokenSizeBytes)))
        {
            seen = OfiStrategy.None; // the notification came, the bytes did not
        }

        return hasCome;
    }

    /// <summary>Ends the registration; before the link is closed.</summary>
    public void Dispose()
    {
        if (_registration is not null)
        {
            OfiLink.Close(_registration);
            _registration = null;
            PrivatePages.Free(_page, PrivatePages.PageBytes);
        }
    }

    private bool TryStart(OfiResult result, string what, ref bool isStarted)
    {
        isStarted = result == OfiResult.Started;
        if (result == OfiResult.Failed)
        {
            Failure = $"{what} could not be started: {_link.DescribeFailure()}";
        }

        return result != OfiResult.Failed;
    }

    private OfiResult StartWrite(in OfiPlace peer)
    {
        void* descriptor = _link.NeedsLocalRegistration ? _registration->MemDesc : null;
        FiContext2* context = _buffers.SendContext(WriteContext);
        byte* source = _page + SourceOffset;
        return _strategy == OfiStrategy.WriteWithData
            ? _link.WriteWithData(source, ConnectRequest.TokenSizeBytes, descriptor, peer.ProbeAddress, peer.ProbeKey, Immediate, context)
            : _link.WriteDelivered(source, ConnectRequest.TokenSizeBytes, descriptor, peer.ProbeAddress, peer.ProbeKey, context);
    }

    private OfiResult SendMessage(in OfiPlace peer)
    {
        byte* message = _buffers.Outgoing(MessageContext);
        new OfiPacket(peer.Secret, 0, 0, 0, Immediate, OfiPacketKind.Probe).Write(new Span<byte>(message, OfiPacket.SizeBytes));
        return _link.Send(message, OfiPacket.SizeBytes, _buffers.Descriptor, _buffers.SendContext(MessageContext));
    }

    private bool IsProbe(in FiCqDataEntry entry, ulong ownSecret, out OfiStrategy seen)
    {
        if ((entry.Flags & Fi.RemoteCqData) != 0)
        {
            seen = OfiStrategy.WriteWithData;
            return (uint)entry.Data == Immediate;
        }

        seen = OfiStrategy.Message;
        int room = _buffers.RoomOf(entry.OpContext);
        return room >= 0
            && OfiPacket.TryRead(new ReadOnlySpan<byte>(_buffers.Incoming(room), (int)Math.Min(entry.Len, OfiBuffers.MessageBytes)), out OfiPacket packet)
            && packet.Secret == ownSecret
            && packet.Kind == OfiPacketKind.Probe;
    }

    /// <summary>Other bytes for each strategy, so that one attempt's cannot pass for another's.</summary>
    private ReadOnlySpan<byte> Pattern(OfiStrategy strategy)
    {
        byte[] pattern = (byte[])_token.Clone();
        pattern[0] ^= (byte)strategy;
        return pattern;
    }
}
