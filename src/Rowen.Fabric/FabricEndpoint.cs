using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.Fabric;

/// <summary>
/// Where registered memory lives and where completions arrive. One thread owns it; that thread alone makes progress.
/// </summary>
/// <remarks>
/// Thread safety: single-threaded (the owner may change hands, one at a time), but for <see cref="Wake"/> and
/// <see cref="FabricConnection.Break"/>, which any thread may call. The endpoint is never trusted to notice that a
/// peer died: whoever owns the control socket calls <see cref="FabricConnection.Break"/>.
/// </remarks>
public abstract class FabricEndpoint : IDisposable
{
    /// <summary>The provider that opened this endpoint.</summary>
    public abstract FabricProvider Provider { get; }

    /// <summary>Opaque bytes, at most 256, that a peer needs for <see cref="Connect"/>. Carry them over the control socket.</summary>
    public abstract ReadOnlyMemory<byte> Address { get; }

    /// <summary>Blocks of registered memory that were not given back yet. Zero when all is well at the end.</summary>
    public abstract int OutstandingMemoryCount { get; }

    /// <summary>Reserves memory that this endpoint, and peers it is shared with, can reach. Zeroed and page-aligned.</summary>
    /// <param name="lengthBytes">From 1 byte to 1 TiB; rounded up to whole pages.</param>
    /// <param name="access">What peers may do once it is shared with them.</param>
    /// <returns>Memory that the caller gives back with <see cref="RegisteredMemory.Return"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is outside that range.</exception>
    /// <exception cref="OutOfMemoryException">The system refused the pages.</exception>
    public abstract RegisteredMemory Register(ulong lengthBytes, MemoryAccess access);

    /// <summary>Lets operations of this endpoint use bytes that it did not register, where its network can, so that they need not be copied.</summary>
    /// <typeparam name="TState">What <paramref name="use"/> needs to know.</typeparam>
    /// <param name="bytes">Where operations read from or write to.</param>
    /// <param name="state">Handed on.</param>
    /// <param name="use">
    /// Gets the bytes as memory that is this endpoint's until it returns. It comes back when all operations on them are over: one that is not
    /// is broken off, and its connection with it.
    /// </param>
    /// <returns>False if operations need registered memory; then <paramref name="use"/> was not called.</returns>
    public virtual bool TryBorrow<TState>(ReadOnlySpan<byte> bytes, TState state, Action<RegisteredMemory, TState> use) => false;

    /// <summary>Ties this endpoint to a peer's. Both sides call it, each with the other's address and the same token.</summary>
    /// <param name="request">Whom to connect and who opens; see <see cref="ConnectRequest"/>.</param>
    /// <returns>A connection that the caller owns and disposes before the endpoint.</returns>
    /// <exception cref="IOException">The peer could not be reached, or knew another token.</exception>
    /// <exception cref="TimeoutException">The peer did not come within <see cref="ConnectRequest.Timeout"/>.</exception>
    /// <exception cref="ArgumentException">The address is not one of this provider's.</exception>
    public abstract FabricConnection Connect(ConnectRequest request);

    /// <summary>Takes what has arrived, and makes progress on what was started. Never blocks, never allocates.</summary>
    /// <param name="completions">Receives completions from its first element.</param>
    /// <returns>How many were written; zero if nothing has happened.</returns>
    public abstract int Poll(Span<Completion> completions);

    /// <summary>Sleeps until something may have arrived, somebody calls <see cref="Wake"/>, or time is up.</summary>
    /// <param name="timeout">At most one second: every wait is bounded. Longer is cut to one second.</param>
    /// <returns>False if time was up. True promises nothing: poll again.</returns>
    public abstract bool Wait(TimeSpan timeout);

    /// <summary>Ends the owner's <see cref="Wait"/>, the current one or else the next. Any thread.</summary>
    public abstract void Wake();

    /// <summary>Closes the endpoint. Connections were disposed before; memory still registered is given back.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the provider holds.</summary>
    /// <param name="isDisposing">Always true: endpoints have no finalizer.</param>
    protected abstract void Dispose(bool isDisposing);
}
