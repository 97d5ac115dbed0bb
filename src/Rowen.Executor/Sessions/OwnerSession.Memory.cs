using System.Security.Cryptography;
using Rowen.Executor.LentMemory;
using Rowen.Fabric;
using Rowen.Fabric.ControlSockets;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Sessions;

/// <content>The session of a lease on memory: one lane without slots, and blocks instead of code.</content>
internal sealed partial class OwnerSession
{
    /// <summary>More than any memory moves in a second; totals stay within 64 bits for years of lies.</summary>
    private const long MaxToldBytes = 1L << 40;

    private MemoryServer? _memory;
    private long _readBytes;
    private long _writtenBytes;

    /// <summary>What owners say they have read and written of the lease's memory, in total.</summary>
    public MemoryTraffic Traffic => new(Interlocked.Read(ref _readBytes), Interlocked.Read(ref _writtenBytes));

    /// <summary>Whether somebody uses the lease now.</summary>
    public bool HasOwner
    {
        get
        {
            lock (_lock)
            {
                return _owner is not null;
            }
        }
    }

    /// <summary>Takes lent memory back at once; does nothing where none is lent.</summary>
    public void StopMemory()
    {
        MemoryServer? memory;
        lock (_lock)
        {
            memory = _memory;
        }

        memory?.Stop();
    }

    private void ServeMemoryOwner(ControlSocket control, IReadOnlyList<string> providers)
    {
        MemoryServer? memory = null;
        try
        {
            memory = ConnectMemory(control, providers);
            lock (_lock)
            {
                (_owner, _memory) = (control, memory);
            }

            control.Run((kind, payload) => HandleMemory(memory, kind, payload));
        }
        finally
        {
            memory?.Stop();
            lock (_lock)
            {
                (_owner, _memory) = (null, null);
                _isTaken = memory is not null; // a handshake that broke half-way may be tried again
            }
        }
    }

    private MemoryServer ConnectMemory(ControlSocket control, IReadOnlyList<string> providers)
    {
        (FabricProvider provider, MemoryServer memory, string whyNotFaster) =
            OpenFastest(providers, provider => OpenMemory(provider, block => Send(control, SessionMessage.Memory, block)));
        try
        {
            byte[] token = RandomNumberGenerator.GetBytes(ConnectRequest.TokenSizeBytes);
            Send(control, SessionMessage.Lanes, new SessionLanes(
                provider.Name, whyNotFaster, assignment.SlotCount, assignment.SlotBytes, assignment.HotWindowUs, token, [memory.End]));
            SessionJoin join = Receive<SessionJoin>(control, SessionMessage.Join);
            Require(join.Ends.Count == 1, ErrorCode.MalformedMessage, "A lease on memory has one lane.");
            memory.Start(new ConnectRequest(join.Ends[0].Address, token, IsInitiator: false, StepTimeout));
            ReceiveNothing(control, SessionMessage.Connected);
            Require(memory.WaitUntilReady(StepTimeout), ErrorCode.PeerLost, $"The lane could not be connected: {memory.Failure?.Message ?? "the owner was too slow"}");
            control.Send((byte)SessionMessage.Joined, []);
            return memory;
        }
        catch
        {
            memory.Stop();
            throw;
        }
    }

    private MemoryServer OpenMemory(FabricProvider provider, Action<MemoryBlock> answer)
    {
        try
        {
            return new MemoryServer(provider, endpoint, assignment.MemoryBytes, answer);
        }
        catch (IOException exception)
        {
            throw CannotUse(provider, exception);
        }
    }

    private void HandleMemory(MemoryServer memory, byte kind, ReadOnlySpan<byte> payload)
    {
        switch ((SessionMessage)kind)
        {
            case SessionMessage.AskMemory when ControlMessage.TryRead(payload, out MemoryAsk ask):
                memory.Ask(ask);
                break;
            case SessionMessage.FreeMemory when ControlMessage.TryRead(payload, out MemoryRelease release):
                memory.Free(release);
                break;
            case SessionMessage.MemoryTraffic when ControlMessage.TryRead(payload, out MemoryTraffic traffic):
                Interlocked.Add(ref _readBytes, Math.Clamp(traffic.ReadBytes, 0, MaxToldBytes));
                Interlocked.Add(ref _writtenBytes, Math.Clamp(traffic.WrittenBytes, 0, MaxToldBytes));
                break;
            default:
                break; // a newer owner may say more than we understand
        }
    }
}
