using Rowen.Fabric.Memory;

namespace Rowen.Fabric;

/// <summary>A pair of endpoints that can write into and read from memory that the other has shared.</summary>
/// <remarks>
/// <para>What is promised, and no more. A notification means that the bytes of <i>its own</i> write are visible to the
/// peer. Writes may overtake each other. An operation that completes says that local memory may be used again, and a
/// write that does so with a cookie that a later read over this connection finds its bytes; not that the peer saw
/// anything: success of anything end to end comes from the peer's reply. When the peer is lost, every operation under way is over, and the endpoint reports <see cref="Completions.CompletionKind.PeerLost"/> once.</para>
/// <para>Thread safety: the endpoint's owner only, but for <see cref="Break"/>.</para>
/// </remarks>
public abstract class FabricConnection : IDisposable
{
    /// <summary>The endpoint at which completions of this connection arrive.</summary>
    public abstract FabricEndpoint Endpoint { get; }

    /// <summary>A number of the owner's choice that comes back in every completion of this connection.</summary>
    public int Tag { get; set; }

    /// <summary>Whether the peer is gone. Stays true.</summary>
    public abstract bool IsLost { get; }

    /// <summary>Whether something that was started waits for room in the network's buffers: it leaves as the endpoint is polled. Any thread may ask.</summary>
    public virtual bool HasUnsent => false;

    /// <summary>Permits the peer of this connection to use a block of memory, as its access says.</summary>
    /// <param name="memory">Memory of this connection's endpoint.</param>
    /// <returns>The descriptor to send to the peer: over the control socket, or in a header that it can authenticate.</returns>
    public abstract RemoteBlock Share(RegisteredMemory memory);

    /// <summary>Maps memory that the peer has shared, where provider and place allow it (<c>shm</c> does).</summary>
    /// <param name="remote">What the peer's <see cref="Share"/> returned, or the part that is needed; hostile until proven.</param>
    /// <returns>
    /// At least so much local memory whose bytes <i>are</i> the peer's: writing to it and then calling <see cref="TryWriteNotify"/> with
    /// the same memory and offsets moves nothing twice. Null where bytes must travel: then register a staging block.
    /// </returns>
    /// <exception cref="IOException">The peer shared no such memory, or less of it than it says.</exception>
    public abstract RegisteredMemory? MapOrNone(RemoteBlock remote);

    /// <summary>
    /// Ends the use of a block that was shared: the peer's later operations on it fail. Memory stays registered. They are refused once the
    /// peer knows; before that, some 100 µs and the way to it, one may end the connection instead (<c>ofi</c>).
    /// </summary>
    /// <param name="memory">Memory that <see cref="Share"/> was called with.</param>
    public abstract void Revoke(RegisteredMemory memory);

    /// <summary>Starts a write into the peer's memory, without telling the peer.</summary>
    /// <param name="local">Where the bytes are; they must stay untouched until the completion.</param>
    /// <param name="localOffset">First byte in <paramref name="local"/>.</param>
    /// <param name="remote">Memory that the peer shared with write access.</param>
    /// <param name="remoteOffset">First byte in <paramref name="remote"/>.</param>
    /// <param name="lengthBytes">How many bytes; zero is allowed.</param>
    /// <param name="cookie">Comes back in the completion; zero means that no completion is wanted.</param>
    /// <returns><see cref="FabricStatus.Again"/> if queues are full: poll, then try again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves either memory.</exception>
    public abstract FabricStatus TryWrite(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie);

    /// <summary>Starts a write into the peer's memory that arrives there together with a notification.</summary>
    /// <param name="local">Where the bytes are; they must stay untouched until the peer has answered.</param>
    /// <param name="localOffset">First byte in <paramref name="local"/>.</param>
    /// <param name="remote">Memory that the peer shared with write access.</param>
    /// <param name="remoteOffset">First byte in <paramref name="remote"/>.</param>
    /// <param name="lengthBytes">How many bytes; zero is allowed.</param>
    /// <param name="immediate">32 bits for the peer's <see cref="Completions.Completion.Immediate"/>.</param>
    /// <returns><see cref="FabricStatus.Again"/> if queues are full: poll, then try again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves either memory.</exception>
    public abstract FabricStatus TryWriteNotify(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, uint immediate);

    /// <summary>
    /// Watches a word of our memory: each time that the peer, who has mapped it, stores another value there, a
    /// notification arrives. Header and notification are then one cache line, where <see cref="TryWriteNotify"/> needs two.
    /// </summary>
    /// <param name="memory">Memory of this connection's endpoint, until it is given back.</param>
    /// <param name="offset">Where the 64-bit word lies, a multiple of 8. It is zero, or was when the peer first mapped it.</param>
    /// <param name="immediate">Comes in <see cref="Completions.Completion.Immediate"/>.</param>
    /// <returns>False where writes of the peer are not seen in their order (all providers but <c>shm</c>).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The word leaves the memory, or lies askew.</exception>
    public virtual bool TryWatch(RegisteredMemory memory, ulong offset, uint immediate) => false;

    /// <summary>Wakes a peer that sleeps, after a store to a word that it watches.</summary>
    /// <returns><see cref="FabricStatus.Lost"/> if the peer is gone.</returns>
    /// <exception cref="NotSupportedException">The provider cannot watch words.</exception>
    public virtual FabricStatus Nudge() => throw new NotSupportedException("This provider watches no words: use TryWriteNotify.");

    /// <summary>Starts a read of the peer's memory.</summary>
    /// <param name="local">Receives the bytes; undefined until the completion.</param>
    /// <param name="localOffset">First byte in <paramref name="local"/>.</param>
    /// <param name="remote">Memory that the peer shared with read access.</param>
    /// <param name="remoteOffset">First byte in <paramref name="remote"/>.</param>
    /// <param name="lengthBytes">How many bytes; zero is allowed.</param>
    /// <param name="cookie">Comes back in the completion; not zero.</param>
    /// <returns><see cref="FabricStatus.Again"/> if queues are full: poll, then try again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves either memory.</exception>
    public abstract FabricStatus TryRead(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie);

    /// <summary>
    /// Says that the peer is gone: its control socket ended or fell silent. The endpoint reports the loss at its
    /// next poll, and wakes if it sleeps. Any thread, any number of times.
    /// </summary>
    public abstract void Break();

    /// <summary>Closes the connection; the peer learns of it over the control socket.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the provider holds.</summary>
    /// <param name="isDisposing">Always true: connections have no finalizer.</param>
    protected abstract void Dispose(bool isDisposing);
}
