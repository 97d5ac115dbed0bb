using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Fabrics;

/// <summary>
/// One of two ends that write to each other and nothing else: an endpoint, a connection, and places of memory that the
/// peer writes into. No lease, no function, no header: the fabric alone. One thread.
/// </summary>
internal sealed class FabricEnd : IDisposable
{
    /// <summary>As in lanes: a pause takes long in comparison with a hot notification.</summary>
    private const int TightPolls = 4;

    private const int PollsBetweenClocks = 1 << 14;
    private const int PollsToLeave = 64; // a single byte goes at once, or as soon as a queue has room
    private const int MaxArrivedCount = 64; // above any number of places

    private static readonly TimeSpan MeetingBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Nap = TimeSpan.FromSeconds(1);

    private readonly FabricChoice _choice;
    private readonly FabricEndpoint _endpoint;
    private readonly RegisteredMemory _incoming;
    private readonly int _placeBytes;
    private readonly Completion[] _completions = new Completion[16];
    private readonly int[] _arrived = new int[MaxArrivedCount];
    private FabricConnection? _connection;
    private RegisteredMemory? _outgoing;
    private RemoteBlock _remote;
    private bool _isMapped;
    private bool _isLost;
    private uint _head;
    private uint _tail;

    /// <summary>Opens an endpoint.</summary>
    /// <param name="choice">The provider.</param>
    /// <param name="listenAddress">The address of this machine at which the peer reaches it.</param>
    /// <param name="placeCount">Places that the peer may write to, from 1 to 32: as many writes as are in flight.</param>
    /// <param name="placeBytes">The size of each, from 1.</param>
    /// <exception cref="IOException">The provider cannot be used here; the message says why.</exception>
    public FabricEnd(FabricChoice choice, IPAddress listenAddress, int placeCount, int placeBytes)
    {
        _choice = choice;
        _placeBytes = placeBytes;
        _endpoint = choice.Create().OpenEndpoint(new EndpointOptions { ListenAddress = listenAddress });
        try
        {
            _incoming = _endpoint.Register((ulong)placeCount * (ulong)placeBytes, MemoryAccess.RemoteWrite);
        }
        catch
        {
            _endpoint.Dispose();
            throw;
        }
    }

    /// <summary>What the peer needs for <see cref="Meet"/>.</summary>
    public ReadOnlyMemory<byte> Address => _endpoint.Address;

    /// <summary>What the connection says of itself; for libfabric its provider and strategy.</summary>
    public string Description => _choice.Provider == "ofi" ? _connection?.ToString() ?? string.Empty : _choice.Provider;

    /// <summary>Whether the payload is written to the peer's own memory at once.</summary>
    public bool IsMapped => _isMapped;

    /// <summary>Connects, and shares this end's places.</summary>
    /// <returns>What the peer needs for <see cref="Join"/>.</returns>
    /// <exception cref="IOException">There is no connection; the message says why.</exception>
    /// <exception cref="TimeoutException">The peer did not come.</exception>
    public RemoteBlock Meet(ReadOnlyMemory<byte> peerAddress, ReadOnlyMemory<byte> token, bool isInitiator)
    {
        _connection = _endpoint.Connect(new ConnectRequest(peerAddress, token, isInitiator, MeetingBound));
        return _connection.Share(_incoming);
    }

    /// <summary>Learns where the peer's places are.</summary>
    public void Join(RemoteBlock remote)
    {
        _remote = remote;
        RegisteredMemory? mapped = _connection!.MapOrNone(remote);
        _isMapped = mapped is not null;
        _outgoing = mapped ?? _endpoint.Register(remote.LengthBytes, MemoryAccess.None);
    }

    /// <summary>What goes out of a place.</summary>
    public Span<byte> Outgoing(int place, int bytes) => _outgoing!.Slice(Offset(place), bytes);

    /// <summary>What has come into a place.</summary>
    public ReadOnlySpan<byte> Incoming(int place, int bytes) => _incoming.Slice(Offset(place), bytes);

    /// <summary>Writes what lies in a place to the peer's, with a notification.</summary>
    public void Send(int place, int bytes) => Write(_outgoing!, place, bytes);

    /// <summary>Writes back what has come, from where it lies, if it need not be copied.</summary>
    public void SendBack(int place, int bytes)
    {
        if (_isMapped)
        {
            Incoming(place, bytes).CopyTo(Outgoing(place, bytes));
            Send(place, bytes);
        }
        else
        {
            Write(_incoming, place, bytes);
        }
    }

    /// <summary>
    /// Tells the peer that all it has written has come: only then may it stop looking. A write in two steps, or one that
    /// libfabric makes only while somebody calls it, would otherwise be stuck.
    /// </summary>
    public void Conclude()
    {
        Send(0, 1);
        for (int polls = 0; polls < PollsToLeave; polls++)
        {
            Collect();
        }
    }

    /// <summary>Waits for the next notification.</summary>
    /// <param name="isHot">Whether to poll instead of to sleep.</param>
    /// <returns>The place that was written to.</returns>
    /// <exception cref="IOException">The peer was lost.</exception>
    /// <exception cref="TimeoutException">It said nothing for ten seconds.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Await(bool isHot)
    {
        long startedAt = 0;
        for (int polls = 1; _head == _tail; polls++)
        {
            Collect();
            if (_head != _tail)
            {
                break;
            }

            if (!isHot)
            {
                _endpoint.Wait(Nap);
                CheckSilence(ref startedAt);
            }
            else if (polls > TightPolls)
            {
                SpinPause.Once();
                if (polls % PollsBetweenClocks == 0)
                {
                    CheckSilence(ref startedAt);
                }
            }
        }

        return _arrived[_head++ % MaxArrivedCount];
    }

    /// <summary>Waits until the fabric says that the peer is gone.</summary>
    /// <returns>False if it does not say so in time.</returns>
    public bool AwaitLoss(TimeSpan bound)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (!_isLost && Stopwatch.GetElapsedTime(startedAt) < bound)
        {
            _endpoint.Wait(TimeSpan.FromMilliseconds(50));
            Look();
        }

        return _isLost;
    }

    /// <summary>Says that the peer is gone, where only its process tells.</summary>
    public void Break() => _connection!.Break();

    public void Dispose()
    {
        _connection?.Dispose();
        _endpoint.Dispose();
    }

    private ulong Offset(int place) => (ulong)place * (ulong)_placeBytes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(RegisteredMemory from, int place, int bytes)
    {
        ulong offset = Offset(place);
        FabricStatus status;
        long startedAt = 0;
        while ((status = _connection!.TryWriteNotify(from, offset, _remote, offset, (ulong)bytes, (uint)place)) == FabricStatus.Again)
        {
            Collect();
            CheckSilence(ref startedAt);
        }

        if (status == FabricStatus.Lost)
        {
            throw Lost();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Collect()
    {
        Look();
        if (_isLost)
        {
            throw Lost();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look()
    {
        int count = _endpoint.Poll(_completions);
        for (int i = 0; i < count; i++)
        {
            _isLost |= _completions[i].Kind is CompletionKind.PeerLost or CompletionKind.Refused;
            if (_completions[i].Kind == CompletionKind.Notified)
            {
                Arrive((int)_completions[i].Immediate);
            }
        }
    }

    private void Arrive(int place)
    {
        if (_tail - _head == MaxArrivedCount || place < 0 || Offset(place) >= _incoming.LengthBytes)
        {
            throw new InvalidDataException($"The peer notifies of place {place}, or of more writes than were asked for.");
        }

        _arrived[_tail++ % MaxArrivedCount] = place;
    }

    private IOException Lost() => new($"The peer was lost over {Description}.");

    private void CheckSilence(ref long startedAt)
    {
        startedAt = startedAt == 0 ? Stopwatch.GetTimestamp() : startedAt;
        if (Stopwatch.GetElapsedTime(startedAt) > MaxSilence)
        {
            throw new TimeoutException($"Nothing came over {Description} for {MaxSilence.TotalSeconds} s, although the peer seems to live.");
        }
    }
}
