using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.Libfabric.Binding;

namespace Rowen.Fabric.Libfabric;

/// <summary>Room for messages through libfabric in both directions, and the contexts that name operations to it.</summary>
/// <remarks>The pages are touched, and cost memory, only where messages are used.</remarks>
internal sealed unsafe class OfiBuffers : IDisposable
{
    /// <summary>Room of one message: header and payload, in whole cache lines.</summary>
    public const int MessageBytes = (OfiPacket.SizeBytes + OfiPacket.MaxPayloadBytes + 63) & ~63;

    private const nuint PageBytes = 4096;

    private readonly int _sendCount;
    private readonly int _receiveCount;
    private readonly OfiLink _link;
    private readonly Queue<int> _unposted;
    private FiContext2* _contexts;
    private byte* _messages;
    private FidMr* _registration;

    public OfiBuffers(OfiLink link, int sendCount, int receiveCount)
    {
        _sendCount = sendCount;
        _receiveCount = receiveCount;
        _link = link;
        _unposted = new Queue<int>(Enumerable.Range(0, receiveCount));
        nuint count = (nuint)(sendCount + receiveCount);
        _contexts = (FiContext2*)NativeMemory.AllocZeroed(count, (nuint)sizeof(FiContext2));
        _messages = (byte*)NativeMemory.AlignedAlloc(count * MessageBytes, PageBytes);
        if (link.NeedsLocalRegistration)
        {
            _registration = link.Register(_messages, count * MessageBytes, Fi.Send | Fi.Recv);
        }
    }

    /// <summary>Rooms that libfabric has yet to take.</summary>
    public bool HasUnposted => _unposted.Count > 0;

    /// <summary>libfabric's descriptor of all messages; null where it needs none.</summary>
    public void* Descriptor => _registration is null ? null : _registration->MemDesc;

    public FiContext2* SendContext(int operation) => _contexts + operation;

    public byte* Outgoing(int operation) => _messages + ((nuint)operation * MessageBytes);

    public byte* Incoming(int room) => _messages + ((nuint)(_sendCount + room) * MessageBytes);

    /// <summary>The operation that a context names; negative or too large if it names none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long OperationOf(void* context) => (FiContext2*)context - _contexts;

    /// <summary>The room that a context names, or -1.</summary>
    public int RoomOf(void* context)
    {
        long room = (FiContext2*)context - _contexts - _sendCount;
        return room >= 0 && room < _receiveCount ? (int)room : -1;
    }

    /// <summary>What was in a room is used, or there was nothing. Contexts that name no room do no harm.</summary>
    public void GiveBack(void* context)
    {
        if (context is not null && RoomOf(context) is >= 0 and int room)
        {
            _unposted.Enqueue(room);
        }
    }

    /// <summary>Offers rooms to libfabric for the next messages.</summary>
    /// <returns><see cref="OfiResult.Again"/> if it does not take all of them now.</returns>
    public OfiResult Post()
    {
        while (_unposted.TryPeek(out int room))
        {
            OfiResult result = _link.Receive(Incoming(room), MessageBytes, Descriptor, _contexts + _sendCount + room);
            if (result != OfiResult.Started)
            {
                return result;
            }

            _unposted.Dequeue();
        }

        return OfiResult.Started;
    }

    /// <summary>Ends the registration; before the link is closed.</summary>
    public void Unregister()
    {
        if (_registration is not null)
        {
            OfiLink.Close(_registration);
            _registration = null;
        }
    }

    /// <summary>Frees the memory; after the link was closed.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_contexts);
        NativeMemory.AlignedFree(_messages);
        _contexts = null;
        _messages = null;
    }
}
