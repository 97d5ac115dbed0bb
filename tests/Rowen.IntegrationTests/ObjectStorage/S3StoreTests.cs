using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Rowen.ObjectStorage;
using Rowen.S3;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>The contract over a real S3 server, and what befalls it.</summary>
public sealed class S3StoreTests : ObjectStoreContractTests
{
    private S3Server _server = null!;
    private string _bucket = string.Empty;

    protected override async Task<IObjectStore> OpenAsync()
    {
        _server = await S3Server.GetAsync();
        _bucket = await _server.MakeBucketAsync();
        return Open(_server.Access());
    }

    [Fact(Timeout = 120_000)]
    public async Task Prefix_is_a_store_of_its_own()
    {
        IObjectStore below = new S3Provider().Open($"s3://{_bucket}/some/prefix/", _server.Access());
        await below.PutAsync("a/b", new MemoryStream([1]), Bound);
        await Store.PutAsync("some/prefixes", Stream.Null, Bound);

        Assert.Equal(["a/b"], (await below.ListAsync(string.Empty, Bound)).Select(one => one.Name));
        Assert.Equal(["some/prefix/a/b", "some/prefixes"], (await Store.ListAsync("some/", Bound)).Select(one => one.Name));
    }

    [Fact(Timeout = 120_000)]
    public async Task Bucket_may_be_in_the_name_of_the_host()
    {
        StoreAccess access = _server.Access();
        access.Endpoint = $"http://localhost:{_server.Port}";
        access.PathStyle = false;
        AmazonS3Config config = S3Clients.Configure(access);
        var hosts = new LoopbackClients();
        config.HttpClientFactory = hosts;
        using var store = new S3ObjectStore(S3Clients.Create(access, config), new S3Address(_bucket, string.Empty), access);
        byte[] bytes = RandomBytes(20 << 20);

        await store.PutAsync("a", new MemoryStream(bytes), Bound);

        AssertSame(bytes, await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
        AssertSame(bytes, await ReadAllAsync((await store.OpenAsync("a", Bound))!));
        Assert.Equal([$"{_bucket}.localhost"], hosts.Asked.Distinct());
    }

    [Fact(Timeout = 120_000)]
    public async Task Wrong_keys_are_told_without_any()
    {
        StoreAccess access = _server.Access(); // which repeats: the gateway may take a refused request's body for the next request
        access.SecretKey = "hunter2hunter2hunter2";
        access.File = "/home/me/stores.json";
        using S3ObjectStore stranger = Open(access);

        IOException put = await Assert.ThrowsAnyAsync<IOException>(() => stranger.PutAsync("a", new MemoryStream([1]), Bound));
        IOException get = await Assert.ThrowsAnyAsync<IOException>(() => stranger.OpenAsync("a", Bound));
        IOException list = await Assert.ThrowsAnyAsync<IOException>(() => stranger.ListAsync("a", Bound));

        Assert.All([put, get, list], refused =>
        {
            Assert.Contains("does not accept the keys", refused.Message, StringComparison.Ordinal);
            Assert.Contains("/home/me/stores.json", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(_server.AccessKey, refused.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact(Timeout = 120_000)]
    public async Task Bucket_that_is_not_there_is_told()
    {
        using var store = new S3ObjectStore(S3Clients.Create(_server.Access()), new S3Address("no-such-bucket", string.Empty), _server.Access());

        IOException refused = await Assert.ThrowsAnyAsync<IOException>(() => store.PutAsync("a", new MemoryStream([1]), Bound));

        Assert.Contains("has no bucket 'no-such-bucket'", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Object_that_another_hand_damaged_is_not_taken_for_whole()
    {
        await Store.PutAsync("a", new MemoryStream([1, 2, 3]), Bound);
        using AmazonS3Client client = S3Clients.Create(_server.Access());
        GetObjectMetadataResponse head = await client.GetObjectMetadataAsync(_bucket, "a", Bound);
        var damaged = new PutObjectRequest { BucketName = _bucket, Key = "a", InputStream = new MemoryStream([1, 2, 4]), UseChunkEncoding = false };
        damaged.Metadata[S3Upload.HashKey] = head.Metadata[S3Upload.HashKey];
        await client.PutObjectAsync(damaged, Bound);

        await using Stream open = (await Store.OpenAsync("a", Bound))!;

        IOException told = await Assert.ThrowsAnyAsync<IOException>(() => open.CopyToAsync(Stream.Null, Bound));
        Assert.Contains("is damaged", told.Message, StringComparison.Ordinal);
    }

    /// <summary>The server's own ETag says what the bytes were; they change between it and us.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(1_000)]
    [InlineData(17 << 20)]
    [InlineData(32 << 20)]
    public async Task Bytes_that_change_on_their_way_back_are_not_taken_for_whole(int lengthBytes)
    {
        await Store.PutAsync("a", new MemoryStream(RandomBytes(lengthBytes)), Bound);
        AmazonS3Config config = S3Clients.Configure(_server.Access());
        config.HttpClientFactory = new DamagingClients();
        using var store = new S3ObjectStore(S3Clients.Create(_server.Access(retries: 1), config), new S3Address(_bucket, string.Empty), _server.Access(retries: 1));

        IOException told = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using Stream open = (await store.OpenAsync("a", Bound))!;
            await open.CopyToAsync(Stream.Null, Bound);
        });

        Assert.Contains("is damaged", told.Message, StringComparison.Ordinal);
        await using Stream right = (await Store.OpenAsync("a", Bound))!;
        Assert.IsType<VerifyingStream>(right);
        await right.CopyToAsync(Stream.Null, Bound);
    }

    /// <summary>As with AWS's own keys, whose ETags are no MD5s: nothing is checked by them then.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Server_whose_etags_are_something_else_is_noticed()
    {
        byte[] bytes = RandomBytes(33 << 20);
        AmazonS3Config config = S3Clients.Configure(_server.Access());
        config.HttpClientFactory = new ForeignEtagClients();
        using var store = new S3ObjectStore(S3Clients.Create(_server.Access(), config), new S3Address(_bucket, string.Empty), _server.Access());

        await store.PutAsync("a", new MemoryStream(bytes), Bound);
        await store.PutAsync("b", new MemoryStream(bytes), Bound);

        foreach (string name in (string[])["a", "b"])
        {
            await using Stream open = (await store.OpenAsync(name, Bound))!;
            Assert.IsType<PieceStream>(open);
            AssertSame(bytes, await ReadAllAsync(open));
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData(1_000)]
    [InlineData(17 << 20)]
    public async Task Bytes_that_change_on_their_way_are_refused_by_the_server(int lengthBytes)
    {
        AmazonS3Config config = S3Clients.Configure(_server.Access());
        var clients = new DamagingClients();
        config.HttpClientFactory = clients;
        StoreAccess access = _server.Access(retries: 1);
        using var store = new S3ObjectStore(S3Clients.Create(access, config), new S3Address(_bucket, string.Empty), access);

        IOException told = await Assert.ThrowsAnyAsync<IOException>(() => store.PutAsync("a", new MemoryStream(RandomBytes(lengthBytes)), Bound));

        Assert.Contains("XAmzContentSHA256Mismatch", told.Message, StringComparison.Ordinal);
        Assert.True(clients.DamagedCount >= 2); // it was worth another
        Assert.Null(await Store.HeadAsync("a", Bound));
    }

    /// <summary>Ceph itself says yes a second time; Minio and others do not, and so the second answer is made here.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_whose_last_answer_was_lost_is_done_if_its_object_is_there(bool isDone)
    {
        byte[] bytes = RandomBytes(20 << 20);
        await Store.PutAsync("a", new MemoryStream(RandomBytes(17 << 20)), Bound); // an upload, too, but another
        AmazonS3Config config = S3Clients.Configure(_server.Access());
        var clients = new ForgetfulClients(isDone);
        config.HttpClientFactory = clients;
        using var store = new S3ObjectStore(S3Clients.Create(_server.Access(), config), new S3Address(_bucket, string.Empty), _server.Access());

        Exception? told = await Record.ExceptionAsync(() => store.PutAsync("a", new MemoryStream(bytes), Bound));

        Assert.Equal(2, clients.CompletionCount);
        if (isDone)
        {
            Assert.Null(told);
            AssertSame(bytes, await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
        }
        else
        {
            Assert.Contains("NoSuchUpload", Assert.IsType<StoreFailedException>(told).Message, StringComparison.Ordinal);
            Assert.Equal(17 << 20, (await Store.HeadAsync("a", Bound))!.LengthBytes);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Gateway_that_crashes_and_comes_back_is_not_noticed()
    {
        byte[] bytes = RandomBytes(48 << 20);
        await Store.PutAsync("a", new MemoryStream(bytes), Bound);
        Stream open = (await Store.OpenAsync("a", Bound))!;
        byte[] first = new byte[1000];
        await open.ReadExactlyAsync(first, Bound);
        Task putting = Store.PutAsync("b", new MemoryStream(bytes), Bound);

        await _server.KillGatewayAsync();
        Task<byte[]> reading = ReadAllAsync(open);
        await _server.StartGatewayAsync();

        AssertSame(bytes, [.. first, .. await reading]);
        await putting;
        AssertSame(bytes, await ReadAllAsync((await Store.OpenAsync("b", Bound))!));
    }

    [Fact(Timeout = 120_000)]
    public async Task Gateway_that_stays_away_is_told_and_leaves_the_older_object()
    {
        byte[] bytes = RandomBytes(48 << 20);
        using S3ObjectStore impatient = Open(_server.Access(retries: 1));
        await impatient.PutAsync("a", new MemoryStream(bytes), Bound);
        await using Stream open = (await impatient.OpenAsync("a", Bound))!;
        await open.ReadExactlyAsync(new byte[1000], Bound);

        await _server.KillGatewayAsync();
        try
        {
            IOException get = await Assert.ThrowsAnyAsync<IOException>(() => open.CopyToAsync(Stream.Null, Bound));
            IOException put = await Assert.ThrowsAnyAsync<IOException>(() => impatient.PutAsync("a", new MemoryStream([1]), Bound));
            Assert.Contains($"'a' was not read: {_server.Endpoint} cannot be reached", get.Message, StringComparison.Ordinal);
            Assert.Contains($"'a' was not put into s3://{_bucket}: {_server.Endpoint} cannot be reached", put.Message, StringComparison.Ordinal);
        }
        finally
        {
            await _server.StartGatewayAsync();
        }

        AssertSame(bytes, await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
    }

    /// <summary>As Ceph's gateway is when its store is full; or in the middle of an answer.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\r\nsome")]
    public async Task Server_that_falls_silent_is_told_and_not_asked_again(string beginning)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        StoreAccess access = _server.Access();
        access.Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        using var store = new S3ObjectStore(S3Clients.Create(access), new S3Address(_bucket, string.Empty), access) { Patience = TimeSpan.FromSeconds(1) };

        Task<Stream?> asking = store.OpenAsync("a", Bound);
        using Socket only = await listener.AcceptSocketAsync(Bound);
        await only.SendAsync(Encoding.ASCII.GetBytes(beginning), Bound);
        IOException told = await Assert.ThrowsAnyAsync<IOException>(() => asking);

        Assert.Equal($"'a' was not read: {access.Endpoint} is there, but gave no answer for 1 s. See its log: a store that is full may be silent.", told.Message);
        Assert.False(listener.Pending());
    }

    [Fact(Timeout = 120_000)]
    public async Task Answer_that_is_none_of_S3_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        StoreAccess access = _server.Access();
        access.Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        using S3ObjectStore store = Open(access);

        Task<Stream?> asking = store.OpenAsync("a", Bound);
        using Socket only = await listener.AcceptSocketAsync(Bound);
        await only.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"0\"\r\n\r\nsome"u8.ToArray(), Bound);
        IOException told = await Assert.ThrowsAnyAsync<IOException>(() => asking);

        Assert.Contains("gave an answer that is none of S3", told.Message, StringComparison.Ordinal);
    }

    private S3ObjectStore Open(StoreAccess access) => new(S3Clients.Create(access), new S3Address(_bucket, string.Empty), access);
}
