using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Sessions;

/// <summary>The owner's first words.</summary>
/// <param name="Lease">The lease whose executor this should be.</param>
/// <param name="Nonce">32 random bytes.</param>
/// <param name="HostName">The owner's host, for the executor's log.</param>
public sealed record SessionHello(LeaseId Lease, byte[] Nonce, string HostName) : IControlMessage<SessionHello>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.U64(Lease.Value);
        writer.Bytes(Nonce);
        writer.Text(HostName);
    }

    /// <inheritdoc/>
    public static SessionHello ReadFrom(ref MessageReader reader) => new(new LeaseId(reader.U64()), reader.Bytes(), reader.Text());
}
