using Rowen.ObjectStorage;

namespace Rowen.UnitTests.LentMemory;

public sealed class ObjectStoreUriTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-objects-").FullName;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("file:")]
    [InlineData("file://")]
    public async Task Folder_is_opened_as_a_store(string prefix)
    {
        await using OpenedObjectStore store = await ObjectStoreUri.OpenAsync($"{prefix}{_folder}/some%20objects", cancellationToken: Bound);

        await store.PutAsync("a", new MemoryStream([1]), Bound);

        Assert.Equal([new StoredObject("a", 1)], await new FileObjectStore(Path.Combine(_folder, "some objects")).ListAsync(string.Empty, Bound));
        Assert.True(await store.DeleteAsync("a", Bound));
        Assert.Null(store.Memory);
    }

    [Fact]
    public void Settings_of_memory_become_a_request()
    {
        MemoryRequest request = ObjectStoreUri.Read($"rowen-memory:?bytes=8589934592&nodes=3&copies=2&provider=tcp&spill=file%3A{Uri.EscapeDataString(_folder)}");
        MemoryRequest least = ObjectStoreUri.Read("rowen-memory:?bytes=1");

        Assert.Equal((8_589_934_592, 3, 2, "tcp"), (request.LengthBytes, request.NodeCount, request.CopyCount, request.Provider));
        Assert.IsType<FileObjectStore>(request.SpillTo);
        Assert.Equal(new MemoryRequest { LengthBytes = 1 }, least);
    }

    [Theory]
    [InlineData("s3:bucket", "begins with file: or rowen-memory:")]
    [InlineData("nothing", "begins with file: or rowen-memory:")]
    [InlineData("file:relative", "file:/path")]
    [InlineData("file:", "file:/path")]
    [InlineData("rowen-memory:", "it says not how many")]
    [InlineData("rowen-memory:1000", "only settings follow the colon")]
    [InlineData("rowen-memory:?bytes=1&byte=2", "'byte=2' is no setting")]
    [InlineData("rowen-memory:?bytes=1&bytes=2", "comes twice")]
    [InlineData("rowen-memory:?bytes=-1", "bytes=-1 is no whole number")]
    [InlineData("rowen-memory:?bytes=1&nodes=4294967297", "nodes=4294967297 is no whole number")]
    [InlineData("rowen-memory:?bytes=1&spill=s3:x", "file:/path")]
    [InlineData("rowen-memory:?bytes=1", "no client of one was given")]
    public async Task What_names_no_store_is_refused_with_the_reason(string store, string why)
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => ObjectStoreUri.OpenAsync(store, cancellationToken: Bound));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }
}
