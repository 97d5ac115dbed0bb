using Rowen.ObjectStorage;

namespace Rowen.UnitTests.ObjectStorage;

/// <summary>One object, whose ranges are read in pieces as small as a random number says: as a network would.</summary>
internal sealed class BytesStore(byte[] bytes, Random random) : IObjectStore
{
    public StoredObject Object { get; } = new("object", bytes.Length, "1");

    /// <summary>How many bytes were asked for by all ranges together.</summary>
    public long AskedBytes { get; private set; }

    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        Assert.Equal(Object, found);
        AskedBytes += lengthBytes;
        return Task.FromResult<Stream>(new Trickle(bytes, (int)offset, checked((int)lengthBytes), random));
    }

    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    private sealed class Trickle(byte[] bytes, int offset, int count, Random random) : MemoryStream(bytes, offset, count)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer.Length < 4096 && buffer.Length > 1 ? buffer[..random.Next(1, buffer.Length)] : buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
    }
}
