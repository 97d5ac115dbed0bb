using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Protocol.Executors;

/// <summary>Turns a pooled executor into the executor of one lease.</summary>
public sealed record ExecutorAssignment : IControlMessage<ExecutorAssignment>
{
    /// <summary>The lease.</summary>
    public LeaseId Lease { get; set; }

    /// <summary>Its epoch.</summary>
    public uint Epoch { get; set; }

    /// <summary>The node, for error messages.</summary>
    public NodeId Node { get; set; }

    /// <summary>The node's name, for error messages.</summary>
    public string NodeName { get; set; } = string.Empty;

    /// <summary>Whether it runs functions or lends memory.</summary>
    public LeaseKind Kind { get; set; }

    /// <summary>Processor numbers; one function thread is pinned to each. None for a lease on memory.</summary>
    public IReadOnlyList<int> Cores { get; set; } = [];

    /// <summary>Memory of the process, in bytes; the agent enforces it from outside.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>Slots of each lane.</summary>
    public int SlotCount { get; set; }

    /// <summary>Payload bytes of each slot.</summary>
    public int SlotBytes { get; set; }

    /// <summary>How long an idle thread polls, in microseconds; -1 for ever, 0 never.</summary>
    public long HotWindowUs { get; set; }

    /// <summary>What the lease's owner proves to know; 32 bytes, base64.</summary>
    public string Secret { get; set; } = string.Empty;

    /// <summary>
    /// When the lease ends, in nanoseconds of CLOCK_MONOTONIC, which agent and executor share. The executor refuses
    /// work from then on by itself.
    /// </summary>
    public long EndsAtNs { get; set; }

    /// <summary>The code package to load at once; default: none.</summary>
    public CodePackageId Package { get; set; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Lease} (epoch {Epoch}) on {NodeName}";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.U64(Lease.Value);
        writer.U32(Epoch);
        writer.U32(Node.Value);
        writer.Text(NodeName);
        writer.U16((ushort)Kind);
        writer.I32List(Cores);
        writer.I64(MemoryBytes);
        writer.I32(SlotCount);
        writer.I32(SlotBytes);
        writer.I64(HotWindowUs);
        writer.Text(Secret);
        writer.I64(EndsAtNs);
        writer.Package(Package);
    }

    /// <inheritdoc/>
    public static ExecutorAssignment ReadFrom(ref MessageReader reader) => new()
    {
        Lease = new LeaseId(reader.U64()),
        Epoch = reader.U32(),
        Node = new NodeId(reader.U32()),
        NodeName = reader.Text(),
        Kind = (LeaseKind)reader.U16(),
        Cores = reader.I32List(),
        MemoryBytes = reader.I64(),
        SlotCount = reader.I32(),
        SlotBytes = reader.I32(),
        HotWindowUs = reader.I64(),
        Secret = reader.Text(),
        EndsAtNs = reader.I64(),
        Package = reader.Package(),
    };
}
