using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>
/// How two ends that have greeted each other on a socket come to a connection over libfabric: which provider, where each is, and a
/// probe each way.
/// </summary>
/// <remarks>
/// The initiator's probe comes first, then the acceptor's: some providers cannot bear that both begin to connect at once.
/// </remarks>
internal sealed unsafe class OfiMeeting : IDisposable
{
    /// <summary>Polls without a pause for the system: a probe takes microseconds, and the first connection a few milliseconds.</summary>
    private const int MaxTightPolls = 1000;

    /// <summary>An attempt whose failure nothing reports gives up then; the next strategy has the rest of the time.</summary>
    private static readonly TimeSpan MaxAttemptDuration = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(1);

    private readonly LibfabricLibrary _library;
    private readonly OfiOptions _options;
    private readonly ConnectRequest _request;
    private readonly Socket _socket;
    private readonly ControlSocket _control;
    private readonly int _notificationCount;
    private readonly long _startedAt;
    private readonly ulong _secret = RandomKey.Next();
    private OfiLink? _link;
    private OfiBuffers? _buffers;
    private OfiProbe? _probe;
    private OfiPlace _peer;
    private string _provider = string.Empty;
    private int _tightPolls;
    private bool _isDone;

    public OfiMeeting(
        LibfabricLibrary library, OfiOptions options, int notificationCount, ConnectRequest request, Socket socket, long startedAt)
    {
        _library = library;
        _options = options;
        _notificationCount = notificationCount;
        _request = request;
        _socket = socket;
        _control = new ControlSocket(socket, TimeProvider.System);
        _startedAt = startedAt;
    }

    private TimeSpan Left => _request.Timeout - Stopwatch.GetElapsedTime(_startedAt);

    /// <summary>Comes to an agreement.</summary>
    /// <exception cref="IOException">There is none; the peer is told why, too.</exception>
    /// <exception cref="TimeoutException">The peer is too slow; it is told so.</exception>
    public OfiMeetingResult Meet()
    {
        try
        {
            OfiStrategy strategy = _request.IsInitiator ? Initiate() : Accept();
            _isDone = true;
            return new OfiMeetingResult(
                _provider, _link!, _buffers!, new OfiSideSocket(_socket), strategy, _secret, _peer.Secret);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            _control.Send((byte)OfiMessageKind.Refusal, Encoding.UTF8.GetBytes(exception.Message));
            throw;
        }
    }

    /// <summary>Ends the probe; and everything else, if there was no agreement.</summary>
    public void Dispose()
    {
        _probe?.Dispose();
        if (_isDone)
        {
            return; // link, buffers and socket are the connection's
        }

        _link?.Settle();
        _buffers?.Unregister();
        _link?.Dispose();
        _buffers?.Dispose();
        _control.Dispose();
    }

    private OfiStrategy Initiate()
    {
        using LibfabricOffer offer = FindOffer();
        Send(OfiMessageKind.Offer, WriteNames(offer.Names));
        ReadOnlySpan<byte> choice = Receive(OfiMessageKind.Choice);
        if (!TryReadName(ref choice, out _provider) || !offer.Names.Contains(_provider) || !OfiPlace.TryRead(choice, out _peer))
        {
            throw Malformed();
        }

        Open(offer);
        Send(OfiMessageKind.Place, WritePlace([]));
        _link!.SetPeer(_peer.Address);
        OfiStrategy strategy = Prove();
        AwaitPeersProof();
        return strategy;
    }

    private OfiStrategy Accept()
    {
        List<string> names = ReadNames(Receive(OfiMessageKind.Offer));
        using LibfabricOffer offer = FindOffer();
        _provider = names.Find(offer.Names.Contains) ?? throw new IOException(
            $"The two ends have no libfabric provider in common: {string.Join(", ", names)} there, {string.Join(", ", offer.Names)} here.");
        Open(offer);
        Send(OfiMessageKind.Choice, WritePlace(WriteNames([_provider])));
        if (!OfiPlace.TryRead(Receive(OfiMessageKind.Place), out _peer))
        {
            throw Malformed();
        }

        _link!.SetPeer(_peer.Address);
        AwaitPeersProof();
        return Prove();
    }

    private LibfabricOffer FindOffer() => LibfabricOffer.Find(_library, _options, ((IPEndPoint)_socket.LocalEndPoint!).Address);

    private void Open(LibfabricOffer offer)
    {
        FiInfo* info = offer.InfoOf(_provider);
        int most = (int)Math.Clamp(info->RxAttr->Size, 16, 1024);
        int rooms = Math.Clamp(_notificationCount, 16, most);
        _link = OfiLink.Open(_library, info, 2 * OfiOperations.MaxCount, _notificationCount + rooms + OfiOperations.MaxCount);
        _buffers = new OfiBuffers(_link, OfiOperations.MaxCount + OfiProbe.ContextCount, rooms);
        if (_buffers.Post() == OfiResult.Failed)
        {
            throw new IOException($"libfabric's {_provider} takes no room for messages: {_link.DescribeFailure()}.");
        }

        _probe = new OfiProbe(_link, _buffers, _request.Token.Span);
    }

    /// <summary>Finds how this end can notify the other, by doing it.</summary>
    private OfiStrategy Prove()
    {
        OfiStrategy[] strategies = _options.Strategy == OfiStrategy.None
            ? [OfiStrategy.WriteWithData, OfiStrategy.Message]
            : [_options.Strategy];
        string failures = string.Empty;
        foreach (OfiStrategy strategy in strategies)
        {
            _probe!.Begin(strategy);
            TimeSpan bound = strategy == strategies[^1] ? Left : MaxAttemptDuration;
            if (TryProve(bound) is { } proven)
            {
                return proven;
            }

            failures += $" {strategy}: {_probe.Failure}.";
        }

        throw new IOException($"No write of this end reached the peer over libfabric's {_provider}.{failures}");
    }

    private OfiStrategy? TryProve(TimeSpan bound)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (_probe!.TryGoOn(_peer))
        {
            if (IsSpoken())
            {
                ReadOnlySpan<byte> seen = Receive(OfiMessageKind.Seen);
                if (seen.Length != 1 || seen[0] > (byte)OfiStrategy.Message)
                {
                    throw Malformed();
                }

                return seen[0] == 0 ? null : (OfiStrategy)seen[0];
            }

            if (Stopwatch.GetElapsedTime(startedAt) > bound)
            {
                RequireTime();
                return null;
            }
        }

        return null;
    }

    private void AwaitPeersProof()
    {
        while (true)
        {
            if (_probe!.HasCome(_secret, out OfiStrategy seen))
            {
                Send(OfiMessageKind.Seen, [(byte)seen]);
                if (seen != OfiStrategy.None)
                {
                    return;
                }
            }
            else if (IsSpoken())
            {
                _ = Receive(OfiMessageKind.Seen); // it has nothing to say now but that it refuses, or it has gone
                throw Malformed();
            }

            RequireTime();
        }
    }

    /// <summary>Whether the peer has said something. Rests a little, once it has said nothing for long.</summary>
    private bool IsSpoken()
    {
        if (++_tightPolls < MaxTightPolls)
        {
            SpinPause.Once();
            return _tightPolls % 16 == 0 && _control.IsReadable(TimeSpan.Zero);
        }

        return _control.IsReadable(Nap);
    }

    private void RequireTime()
    {
        if (Left <= TimeSpan.Zero)
        {
            throw new TimeoutException($"The peer did not meet us over libfabric within {_request.Timeout.TotalSeconds} s.");
        }
    }

    private void Send(OfiMessageKind kind, ReadOnlySpan<byte> payload)
    {
        if (!_control.Send((byte)kind, payload))
        {
            throw new IOException("The peer closed the connection while both ends agreed on libfabric's.");
        }
    }

    private ReadOnlySpan<byte> Receive(OfiMessageKind expected)
    {
        ControlSocketEnd end = _control.Receive(Left, out byte kind, out ReadOnlySpan<byte> payload);
        if (end == ControlSocketEnd.PeerSilent)
        {
            RequireTime();
        }

        if (end != ControlSocketEnd.None)
        {
            throw new IOException($"The peer ended the talk about libfabric's connection: {end}.");
        }

        if (kind == (byte)OfiMessageKind.Refusal)
        {
            throw new IOException($"The peer refuses a connection over libfabric: {Encoding.UTF8.GetString(payload)}");
        }

        return kind == (byte)expected ? payload : throw Malformed();
    }

    private byte[] WritePlace(byte[] before)
    {
        var place = new OfiPlace(_secret, _probe!.Address, _probe.NetworkKey, _link!.Address);
        byte[] payload = [.. before, .. new byte[place.SizeBytes]];
        place.Write(payload.AsSpan(before.Length));
        return payload;
    }

    private static byte[] WriteNames(IReadOnlyList<string> names) =>
        [.. names.SelectMany(name => (byte[])[(byte)name.Length, .. Encoding.ASCII.GetBytes(name)])];

    private static List<string> ReadNames(ReadOnlySpan<byte> payload)
    {
        List<string> names = [];
        while (TryReadName(ref payload, out string name))
        {
            names.Add(name);
        }

        return payload.IsEmpty ? names : throw Malformed();
    }

    private static bool TryReadName(ref ReadOnlySpan<byte> payload, out string name)
    {
        int length = payload.IsEmpty ? 0 : payload[0];
        bool isWhole = length > 0 && payload.Length > length;
        name = isWhole ? Encoding.ASCII.GetString(payload.Slice(1, length)) : string.Empty;
        payload = isWhole ? payload[(1 + length)..] : payload;
        return isWhole;
    }

    private static IOException Malformed() => new("The peer does not speak as an end of libfabric's connection does.");
}
