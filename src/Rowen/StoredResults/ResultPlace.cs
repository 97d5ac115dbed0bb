using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Rowen.Functions;
using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;

namespace Rowen.StoredResults;

/// <summary>The folder of one map's results in a store, as executors and the map's caller see it. Immutable; it travels with the function.</summary>
/// <remarks>
/// <para>An object's name is the SHA-256 of its content. So attempts at one item that race, and items with equal results, disturb nobody: whoever
/// puts a name puts the same bytes, at once or not at all, and which attempt counts is decided by who gets the reference.</para>
/// <para>While the folder's mark is there, the map wants results. An executor looks for it after each put, and takes its object away again if it has gone: so
/// one that outlives its map leaves nothing behind.</para>
/// <para>No secret is in it: each machine reads its own file of stores.</para>
/// </remarks>
/// <param name="Store">URI of the store.</param>
/// <param name="Access">Path of the file that says how stores are reached; null: the default one.</param>
/// <param name="Folder">What names in the store begin with, without a slash at the end.</param>
/// <param name="ThresholdBytes">Results of more bytes become objects.</param>
/// <param name="Keeps">Whether objects outlive the map: then there is no mark.</param>
internal sealed record ResultPlace(string Store, string? Access, string Folder, long ThresholdBytes, bool Keeps)
{
    /// <summary>The name of what stands in the folder while its map is open.</summary>
    public const string Mark = "map";

    /// <summary>The store. Files that go with the map need not outlive the machine.</summary>
    public IObjectStore Open() => ObjectStoreUri.SchemeOf(Store) == ObjectStoreUri.FileScheme
        ? new FileObjectStore(ObjectStoreUri.FolderOf(Store)) { IsLasting = Keeps }
        : OpenedStores.Get(Store, Access);

    public string NameOf(ReadOnlySpan<byte> sha256) => $"{Folder}/{Convert.ToHexStringLower(sha256)}";

    /// <summary>Where a result lies; null of one that came with its invocation.</summary>
    public string? UriOf<T>(Stored<T> stored) => stored.IsReference ? $"{Store.TrimEnd('/')}/{NameOf(stored.Sha256)}" : null;

    /// <summary>Makes a result what travels: puts it if it is large. Holds this thread, which is a function's.</summary>
    /// <exception cref="IOException">The store fails, is full, or the map has ended.</exception>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The function thread has nothing else to do.")]
    public Stored<T> Put<T>(T value)
    {
        ReadOnlySpan<byte> payload = Encode(value);
        if (payload.Length <= ThresholdBytes)
        {
            return Stored<T>.Of(payload);
        }

        byte[] sha256 = SHA256.HashData(payload);
        var reference = Stored<T>.Of(payload.Length, sha256);
        string name = NameOf(sha256);
        bool isHeld = HeldResults.Here.HasRoomFor(payload.Length);
        byte[] content = isHeld ? payload.ToArray() : value as byte[] ?? payload.ToArray(); // the function may write to its own
        PutAsync(name, content).GetAwaiter().GetResult();
        HeldResults.Here.Add(name, content);
        return reference;
    }

    /// <summary>The value of a result. Holds this thread.</summary>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "As above.")]
    public T Read<T>(Stored<T> stored) => ReadAsync(stored, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>The value of a result, read from the store if it lies there.</summary>
    /// <exception cref="IOException">The object is gone with its map, or is another than was put; or the store fails.</exception>
    public async Task<T> ReadAsync<T>(Stored<T> stored, CancellationToken cancellationToken)
    {
        if (!stored.IsReference)
        {
            return PayloadCodec<T>.Decode(stored.Here);
        }

        string name = NameOf(stored.Sha256);
        if (HeldResults.Here.OrNone(name) is { } held)
        {
            return PayloadCodec<T>.Decode(held);
        }

        Stream content = await Open().OpenAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"The result {name} is not in {Store} any more: it went with its map's results, which were disposed, or somebody has removed it.");
        byte[] bytes;
        await using (content.ConfigureAwait(false))
        {
            bytes = content.Length == stored.LengthBytes ? GC.AllocateUninitializedArray<byte>((int)stored.LengthBytes) : throw Damaged(name);
            await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        return SHA256.HashData(bytes).AsSpan().SequenceEqual(stored.Sha256)
            ? typeof(T) == typeof(byte[]) ? (T)(object)bytes : PayloadCodec<T>.Decode(bytes)
            : throw Damaged(name);
    }

    private async Task PutAsync(string name, byte[] content)
    {
        IObjectStore store = Open();
        using var stream = new MemoryStream(content, writable: false);
        await store.PutAsync(name, stream).ConfigureAwait(false);
        if (!Keeps && await store.HeadAsync($"{Folder}/{Mark}").ConfigureAwait(false) is null)
        {
            await store.DeleteAsync(name).ConfigureAwait(false);
            _ = (store as FileObjectStore)?.TryDeleteFolder(Folder);
            throw new IOException($"A result of {content.Length} bytes was not kept in {Store}: its map has ended.");
        }
    }

    private static ReadOnlySpan<byte> Encode<T>(in T value)
    {
        try
        {
            return PayloadCodec<T>.Encode(value);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.InputTooLarge)
        {
            throw new RowenException(ErrorCode.ResultTooLarge, exception.Message, exception); // here it is the result
        }
    }

    private IOException Damaged(string name) => new($"The result {name} of {Store} is damaged: its bytes are not those that were put. Run its map again.");
}
