using Rowen.ObjectStorage;

namespace Rowen.UnitTests.ObjectStorage;

public sealed class FileObjectStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-objects-").FullName;
    private readonly FileObjectStore _store;

    public FileObjectStoreTests() => _store = new FileObjectStore(_folder);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Object_is_the_file_of_its_name()
    {
        var content = new MemoryStream([9, 9, 1, 2, 3]) { Position = 2 };
        await _store.PutAsync("runs/größe 1", content, Bound);

        await using Stream found = (await _store.OpenAsync("runs/größe 1", Bound))!;
        byte[] bytes = new byte[3];
        await found.ReadExactlyAsync(bytes, Bound);

        Assert.Equal([1, 2, 3], bytes);
        Assert.Equal((3, 3), (found.Length, found.Position));
        Assert.Equal(1, found.Seek(-2, SeekOrigin.End));
        Assert.Equal(2, found.ReadByte());
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(_folder, "runs", "größe 1"), Bound));
        Assert.Equal(["größe 1"], Directory.GetFiles(Path.Combine(_folder, "runs")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Large_object_is_written_and_read_in_pieces_and_halves_that_fit()
    {
        byte[] bytes = new byte[(25 << 20) + 3];
        new Random(1).NextBytes(bytes);
        await _store.PutAsync("large", new MemoryStream(bytes), Bound);
        await using Stream open = (await _store.OpenAsync("large", Bound))!;
        byte[] read = new byte[bytes.Length + 100];

        int first = await open.ReadAsync(read.AsMemory(0, 9 << 20), Bound);
        int rest = await open.ReadAsync(read.AsMemory(first), Bound);

        Assert.Equal((9 << 20, bytes.Length - (9 << 20)), (first, rest));
        Assert.True(read.AsSpan(0, bytes.Length).SequenceEqual(bytes));
        Assert.Equal(0, await open.ReadAsync(read, Bound));
    }

    [Fact]
    public async Task Files_of_other_programs_are_objects_and_unfinished_ones_are_none()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "a", "b"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "a", "b", "two"), "22", Bound);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a", ".rowen-1.unfinished"), "half", Bound);
        File.CreateSymbolicLink(Path.Combine(_folder, "a", "link"), Path.Combine(_folder, "a", "b", "two"));
        File.CreateSymbolicLink(Path.Combine(_folder, "a", "nowhere"), "/nowhere");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "a", "loop"), _folder);

        Assert.Equal([("a/b/two", 2L), ("a/link", 2L)], (await _store.ListAsync("a/", Bound)).Select(one => (one.Name, one.LengthBytes)));
        Assert.Equal(["a/b/two"], (await _store.ListAsync("a/b/t", Bound)).Select(one => one.Name));
        Assert.Empty(await _store.ListAsync("../", Bound));
        Assert.Empty(await _store.ListAsync("none/", Bound));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("./a")]
    [InlineData("a/.rowen-1.unfinished")]
    [InlineData("\ud800")]
    public async Task Names_that_no_object_can_have_are_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _store.PutAsync(name, Stream.Null, Bound));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _store.OpenAsync(name, Bound));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.CopyAsync("a", name, Bound));
    }

    [Fact]
    public async Task Names_as_long_as_they_may_be_are_files()
    {
        string name = string.Join('/', Enumerable.Repeat(new string('ü', 120), 4)) + "/" + new string('z', 60);
        await _store.PutAsync(name, new MemoryStream([7]), Bound);

        Assert.Equal(name, Assert.Single(await _store.ListAsync(string.Empty, Bound)).Name);
        await Assert.ThrowsAsync<ArgumentException>(() => _store.PutAsync(new string('ü', 121), Stream.Null, Bound));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.PutAsync(name + "/" + name, Stream.Null, Bound));
    }

    [Fact]
    public async Task File_that_another_program_changes_while_it_is_read_is_told()
    {
        string path = Path.Combine(_folder, "grows");
        await File.WriteAllBytesAsync(path, new byte[1000], Bound);
        StoredObject found = (await _store.HeadAsync("grows", Bound))!;
        await using Stream open = await _store.OpenRangeAsync(found, 0, 1000, Bound);
        await open.ReadExactlyAsync(new byte[500], Bound);

        await File.AppendAllTextAsync(path, "more", Bound);

        await Assert.ThrowsAsync<ObjectChangedException>(async () => await open.ReadExactlyAsync(new byte[500], Bound));
        await Assert.ThrowsAsync<ObjectChangedException>(() => _store.OpenRangeAsync(found, 0, 1, Bound));
    }

    [Fact]
    public async Task Unfinished_object_has_no_name_and_what_it_replaces_stays_until_all_is_written()
    {
        await _store.PutAsync("a", new MemoryStream([1]), Bound);
        var content = new PausedStream([2, 3]);
        Task put = _store.PutAsync("a", content, Bound);
        await content.Reached.WaitAsync(Bound);

        string[] files = Directory.GetFiles(_folder);
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(_folder, "a"), Bound);
        content.GoOn();
        await put;

        Assert.Equal([Path.Combine(_folder, "a")], files);
        Assert.Equal([1], before);
        Assert.Equal([2, 3], await File.ReadAllBytesAsync(Path.Combine(_folder, "a"), Bound));
        Assert.Equal([Path.Combine(_folder, "a")], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Objects_have_the_rights_that_files_have()
    {
        await _store.PutAsync("a", Stream.Null, Bound);
        await _store.PutAsync("b/in a new folder", Stream.Null, Bound);
        await using (File.Create(Path.Combine(_folder, "plain")))
        {
            // as any program makes it
        }

        UnixFileMode plain = File.GetUnixFileMode(Path.Combine(_folder, "plain"));

        Assert.Equal(plain, File.GetUnixFileMode(Path.Combine(_folder, "a")));
        Assert.Equal(plain, File.GetUnixFileMode(Path.Combine(_folder, "b", "in a new folder")));
    }

    [Fact]
    public async Task Whatever_the_file_system_refuses_is_the_store_s_failure_and_leaves_nothing_behind()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "a")); // not even root may open it as a file

        await Assert.ThrowsAsync<StoreFailedException>(() => _store.PutAsync("a", new MemoryStream([2]), Bound));
        await Assert.ThrowsAsync<StoreFailedException>(() => _store.DeleteAsync("a", Bound));
        await _store.PutAsync("file", Stream.Null, Bound);
        await Assert.ThrowsAsync<StoreFailedException>(() => _store.PutAsync("file/below", Stream.Null, Bound));

        Assert.Equal(["file"], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }
}
