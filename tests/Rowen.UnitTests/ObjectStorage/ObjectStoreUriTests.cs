using Rowen.ObjectStorage;

namespace Rowen.UnitTests.ObjectStorage;

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

        Assert.Equal("a", Assert.Single(await new FileObjectStore(Path.Combine(_folder, "some objects")).ListAsync(string.Empty, Bound)).Name);
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
    [InlineData("gopher:x", "it begins with file:, s3:, redis:, rediss: or rowen-memory:")]
    [InlineData("nothing", "it begins with file:")]
    [InlineData("s3:bucket", "s3://bucket")]
    [InlineData("s3://", "s3://bucket")]
    [InlineData("s3://key:secret@bucket", "s3://bucket")]
    [InlineData("redis:", "redis://host:port/prefix")]
    [InlineData("redis://user:secret@host", "do not belong into a URI")]
    [InlineData("redis://host/a{b}", "has a brace")]
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

    [Theory]
    [InlineData("""{ "stores": [ { "uri": "s3://b", "accessKey": "k" } ] }""", "both or none")]
    [InlineData("""{ "stores": [ { "uri": "s3://b", "secretkey": "hunter2" } ] }""", "line 1")]
    [InlineData("""{ "stores": [ { "accessKey": "hunter2" } ] }""", "is no file of stores")]
    [InlineData("""{ "stores": [ { "uri": "s3://b", "retries": "hunter2" } ] }""", "line 1")]
    [InlineData("""{ "stores": [ { "uri": "s3://b", "retries": 21 } ] }""", "from 0 to 20")]
    [InlineData("hunter2", "line 1")]
    [InlineData("", "is no file of stores")]
    public async Task File_of_stores_that_is_wrong_is_refused_without_quoting_it(string text, string why)
    {
        string file = WriteAccess(text, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        IOException refused = await Assert.ThrowsAsync<IOException>(() => ObjectStoreUri.OpenAsync("redis://b", access: file, cancellationToken: Bound));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_of_stores_that_others_may_read_is_refused()
    {
        string file = WriteAccess("""{ "stores": [] }""", UnixFileMode.UserRead | UnixFileMode.GroupRead);

        IOException refused = await Assert.ThrowsAsync<IOException>(() => ObjectStoreUri.OpenAsync("redis://b", access: file, cancellationToken: Bound));

        Assert.Contains($"chmod 600 {file}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is not there", (await Assert.ThrowsAsync<IOException>(() => ObjectStoreUri.OpenAsync("redis://b", access: file + "x", cancellationToken: Bound))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://data/x", "bucket")]
    [InlineData("s3://data", "bucket")]
    [InlineData("s3://data-of-others", "any")]
    [InlineData("redis://host:1/x", null)]
    public void Longest_entry_that_fits_says_how_a_store_is_reached(string store, string? region)
    {
        string file = WriteAccess(
            """{ "stores": [ { "uri": "s3://", "region": "any" }, { "uri": "s3://data", "region": "bucket" }, { "uri": "redis://host", "region": "no" } ] }""",
            UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal(region, StoreAccessFile.Find(store, file).Region);
    }

    private string WriteAccess(string text, UnixFileMode mode)
    {
        string file = Path.Combine(_folder, "stores.json");
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, mode);
        return file;
    }
}
