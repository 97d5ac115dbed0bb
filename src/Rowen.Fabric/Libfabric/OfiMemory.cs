using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Libfabric;

/// <summary>Memory as one connection's network sees it: what our own operations use, and what the peer may.</summary>
internal sealed unsafe class OfiMemory(OfiLink link)
{
    private readonly Dictionary<RegisteredMemory, nint> _local = [];
    private readonly Dictionary<ulong, Shared> _shared = [];

    /// <summary>Makes memory usable for our own operations, before they begin: guarded pages could not be registered any more.</summary>
    public void RegisterLocal(RegisteredMemory memory)
    {
        if (link.NeedsLocalRegistration)
        {
            _local.Add(memory, (nint)link.Register(memory.Start, memory.LengthBytes, Fi.Send | Fi.Recv | Fi.Read | Fi.Write));
        }
    }

    /// <summary>libfabric's descriptor for our own operations; null where it needs none.</summary>
    public void* DescriptorOf(RegisteredMemory memory) =>
        link.NeedsLocalRegistration && _local.TryGetValue(memory, out nint registration) ? ((FidMr*)registration)->MemDesc : null;

    /// <summary>Memory was given back, and nothing uses it any more.</summary>
    public void ForgetLocal(RegisteredMemory memory)
    {
        if (_local.Remove(memory, out nint registration))
        {
            OfiLink.Close((FidMr*)registration);
        }
    }

    /// <summary>Lets the peer use memory.</summary>
    /// <returns>False if it may already.</returns>
    /// <exception cref="IOException">libfabric refused to register it.</exception>
    public bool TryShare(RegisteredMemory memory)
    {
        if (_shared.ContainsKey(memory.Key))
        {
            return false;
        }

        _shared.Add(memory.Key, new Shared(memory, RegisterForPeer(memory)));
        return true;
    }

    /// <summary>Ends that; what the peer still sends for it is refused by the network.</summary>
    /// <returns>False if it was not shared.</returns>
    public bool TryWithdraw(RegisteredMemory memory)
    {
        if (!_shared.Remove(memory.Key, out Shared? shared))
        {
            return false;
        }

        shared.Close();
        return true;
    }

    /// <summary>What the peer needs to know about a block; nothing if none of that key is shared with it.</summary>
    public OfiBlockMessage Tell(ulong key)
    {
        if (!_shared.TryGetValue(key, out Shared? shared))
        {
            return new OfiBlockMessage(OfiMessageKind.Tell, key, 0, 0, 0, MemoryAccess.None);
        }

        ulong address = link.UsesVirtualAddresses ? (ulong)shared.Memory.Start : 0;
        return new OfiBlockMessage(
            OfiMessageKind.Tell, key, address, shared.NetworkKey, shared.Memory.LengthBytes, shared.Memory.Access);
    }

    /// <summary>Memory that a message of the peer's may be copied to, or null.</summary>
    public RegisteredMemory? WritableOrNone(ulong key, ulong offset, ulong lengthBytes) =>
        _shared.TryGetValue(key, out Shared? shared)
        && (shared.Memory.Access & MemoryAccess.RemoteWrite) != 0
        && offset <= shared.Memory.LengthBytes
        && lengthBytes <= shared.Memory.LengthBytes - offset
            ? shared.Memory
            : null;

    /// <summary>Ends all registrations.</summary>
    public void Clear()
    {
        foreach (Shared shared in _shared.Values)
        {
            shared.Close();
        }

        foreach (nint registration in _local.Values)
        {
            OfiLink.Close((FidMr*)registration);
        }

        _shared.Clear();
        _local.Clear();
    }

    /// <summary>Zero where the peer may do nothing: then there is nothing for the network to know.</summary>
    private nint RegisterForPeer(RegisteredMemory memory)
    {
        ulong access = ((memory.Access & MemoryAccess.RemoteRead) != 0 ? Fi.RemoteRead : 0)
            | ((memory.Access & MemoryAccess.RemoteWrite) != 0 ? Fi.RemoteWrite : 0);
        return access == 0 ? 0 : (nint)link.Register(memory.Start, memory.LengthBytes, access);
    }

    private sealed class Shared(RegisteredMemory memory, nint registration)
    {
        public RegisteredMemory Memory { get; } = memory;

        public ulong NetworkKey => registration == 0 ? 0 : ((FidMr*)registration)->Key;

        public void Close()
        {
            if (registration != 0)
            {
                OfiLink.Close((FidMr*)registration);
            }
        }
    }
}
