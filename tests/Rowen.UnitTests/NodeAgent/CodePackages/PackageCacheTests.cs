using Microsoft.Extensions.Logging.Abstractions;
using Rowen.NodeAgent.CodePackages;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Testing;

namespace Rowen.UnitTests.NodeAgent.CodePackages;

public sealed class PackageCacheTests : IDisposable
{
    private static readonly ExecutorNumber E1 = new(1);
    private static readonly ExecutorNumber E2 = new(2);

    private readonly string _root = Directory.CreateTempSubdirectory("rowen-cache-test-").FullName;
    private readonly ManualTimeProvider _time = new();
    private int _fetchCount;

    public PackageCacheTests() => Directory.CreateDirectory(Cache);

    private string Cache => Path.Combine(_root, "packages");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Package_is_fetched_once_and_then_lies_here()
    {
        (CodePackageId id, byte[] tar) = await PackAsync("one");
        PackageCache cache = Open(tar);

        PackageAnswer first = await cache.GetAsync(id, E1);
        PackageAnswer second = await cache.GetAsync(id, E2);

        Assert.Null(first.Error);
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(first.Folder!, "code.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(first.Folder, second.Folder);
        Assert.Equal(1, _fetchCount);
    }

    [Fact]
    public async Task Package_survives_the_agent()
    {
        (CodePackageId id, byte[] tar) = await PackAsync("one");
        await Open(tar).GetAsync(id, E1);
        Directory.CreateDirectory(Path.Combine(Cache, ".incoming-9"));

        PackageAnswer again = await Open([]).GetAsync(id, E1);

        Assert.NotNull(again.Folder);
        Assert.Equal(1, _fetchCount);
        Assert.Equal([id.ToString()], Directory.EnumerateDirectories(Cache).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Package_with_another_hash_is_refused_and_fetched_again_next_time()
    {
        (CodePackageId id, byte[] _) = await PackAsync("one");
        (CodePackageId _, byte[] other) = await PackAsync("two");
        PackageCache cache = Open(other);

        PackageAnswer answer = await cache.GetAsync(id, E1);
        await cache.GetAsync(id, E1);

        Assert.Equal(ErrorCode.PackageHashDiffers, answer.Error!.Code);
        Assert.Equal(2, _fetchCount);
        Assert.Empty(Directory.EnumerateDirectories(Cache));
    }

    [Fact]
    public async Task Garbage_is_refused_and_leaves_nothing()
    {
        (CodePackageId id, byte[] tar) = await PackAsync("one");
        tar[^600] ^= 1;
        Array.Resize(ref tar, tar.Length / 2);

        PackageAnswer answer = await Open(tar).GetAsync(id, E1);

        Assert.Null(answer.Folder);
        Assert.NotNull(answer.Error);
        Assert.Empty(Directory.EnumerateDirectories(Cache));
    }

    [Fact]
    public async Task Longest_unused_package_makes_room_and_a_used_one_never()
    {
        (CodePackageId first, byte[] firstTar) = await PackAsync("one");
        (CodePackageId second, byte[] secondTar) = await PackAsync("two");
        (CodePackageId third, byte[] thirdTar) = await PackAsync("three");
        Dictionary<CodePackageId, byte[]> store = new() { [first] = firstTar, [second] = secondTar, [third] = thirdTar };
        PackageCache cache = Open(id => store[id], new PackageCacheOptions { MaxCount = 2 });

        await cache.GetAsync(first, E1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await cache.GetAsync(second, E2);
        _time.Advance(TimeSpan.FromSeconds(1));
        cache.Release(E2);
        await cache.GetAsync(third, E2);

        Assert.Equal(
            new[] { first.ToString(), third.ToString() }.Order(),
            Directory.EnumerateDirectories(Cache).Select(path => Path.GetFileName(path)!).Order());
    }

    [Fact]
    public async Task Only_files_that_no_other_package_here_has_are_fetched()
    {
        (CodePackageId first, byte[] firstTar) = await PackAsync("one", "ballast");
        (CodePackageId second, byte[] secondTar) = await PackAsync("two", "ballast");
        string[] fetched = [];
        var parts = new PackageParts(
            (id, _) => Task.FromResult(CodePackageFolder.Describe(Path.Combine(_root, id == first ? "source-one" : "source-two")).ToUtf8()),
            async (_, files, readAsync, token) =>
            {
                fetched = [.. files.Files.Select(file => file.Path)];
                using var tar = new MemoryStream();
                await CodePackageArchive.WriteAsync(files, file => File.OpenRead(Path.Combine(_root, "source-two", file.Path)), tar, token);
                tar.Position = 0;
                await readAsync(tar, token);
            });
        PackageCache cache = Open(id => id == first ? firstTar : secondTar, new PackageCacheOptions(), parts);

        await cache.GetAsync(first, E1);
        PackageAnswer answer = await cache.GetAsync(second, E1);

        Assert.Equal(["code.txt"], fetched);
        Assert.Equal(1, _fetchCount);
        Assert.Equal(second, CodePackageFolder.Describe(answer.Folder!).Id);
    }

    [Fact]
    public async Task Package_is_fetched_whole_where_parts_do_not_help()
    {
        (CodePackageId first, byte[] firstTar) = await PackAsync("one", "ballast");
        (CodePackageId second, byte[] secondTar) = await PackAsync("two", "ballast");
        var parts = new PackageParts(
            (id, _) => Task.FromResult(CodePackageFolder.Describe(Path.Combine(_root, id == first ? "source-one" : "source-two")).ToUtf8()),
            (_, _, _, _) => throw new RowenException(ErrorCode.UnknownPackage, "removed meanwhile"));
        PackageCache cache = Open(id => id == first ? firstTar : secondTar, new PackageCacheOptions(), parts);

        await cache.GetAsync(first, E1);
        PackageAnswer answer = await cache.GetAsync(second, E1);

        Assert.Equal(2, _fetchCount);
        Assert.Equal(second, CodePackageFolder.Describe(answer.Folder!).Id);
    }

    private PackageCache Open(byte[] tar) => Open(_ => tar, new PackageCacheOptions());

    private PackageCache Open(Func<CodePackageId, byte[]> find, PackageCacheOptions options, PackageParts? parts = null) => new(
        Cache,
        options,
        async (id, readAsync, token) =>
        {
            Interlocked.Increment(ref _fetchCount);
            using var tar = new MemoryStream(find(id));
            await readAsync(tar, token);
        },
        _time,
        NullLogger.Instance,
        parts);

    private async Task<(CodePackageId Id, byte[] Tar)> PackAsync(string content, string? ballast = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, "source-" + content)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "code.txt"), content);
        if (ballast is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "ballast"), ballast);
        }

        using var tar = new MemoryStream();
        CodePackageManifest manifest = await CodePackageArchive.WriteAsync(folder, tar);
        return (manifest.Id, tar.ToArray());
    }
}
