using System.Text;
using Rowen.ObjectStorage;

namespace Rowen.UnitTests.LentMemory;

public sealed class FileObjectStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-objects-").FullName;
    private readonly FileObjectStore _store;

    public FileObjectStoreTests() => _store = new FileObjectStore(_folder);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Object_is_found_under_its_name_from_its_first_byte()
    {
        string name = "../größe " + new string('ü', 190);
        var content = new MemoryStream([9, 9, 1, 2, 3]) { Position = 2 };
        await _store.PutAsync(name, content, Bound);

        await using Stream found = (await _store.OpenAsync(name, Bound))!;
        byte[] bytes = new byte[3];
        await found.ReadExactlyAsync(bytes, Bound);

        Assert.Equal([1, 2, 3], bytes);
        Assert.Equal((3, 3), (found.Length, found.Position));
        Assert.Equal(1, found.Seek(-2, SeekOrigin.End));
        Assert.Equal(2, found.ReadByte());
        Assert.Equal([new StoredObject(name, 3)], await _store.ListAsync("../", Bound));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Object_is_replaced_and_removed()
    {
        await _store.PutAsync("a", new MemoryStream([1]), Bound);
        await _store.PutAsync("a", new MemoryStream([2, 3]), Bound);

        Assert.Equal([new StoredObject("a", 2)], await _store.ListAsync(cancellationToken: Bound));
        Assert.True(await _store.DeleteAsync("a", Bound));
        Assert.False(await _store.DeleteAsync("a", Bound));
        Assert.Null(await _store.OpenAsync("a", Bound));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task Names_that_no_object_can_have_are_refused(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => _store.PutAsync(name, Stream.Null, Bound));

    [Fact]
    public void Golden_header() => Assert.Equal("52574F31" + "03000000" + "612F62", Convert.ToHexString(ObjectFileHeader.Write("a/b")));

    [Fact]
    public void Header_of_hostile_bytes_never_throws()
    {
        const int seed = 20261121;
        var random = new Random(seed);
        byte[] good = ObjectFileHeader.Write("a name");
        int refused = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = good[..random.Next(good.Length + 1)];
            for (int change = random.Next(3); change > 0 && bytes.Length > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            string? name = ObjectFileHeader.ReadNameOrNone(new MemoryStream(bytes));
            refused += name is null ? 1 : 0;
            Assert.True(name is null || bytes.AsSpan(8).StartsWith(Encoding.UTF8.GetBytes(name)), $"seed {seed}, input {i} was read as '{name}'");
        }

        Assert.True(refused > 1_000, $"seed {seed} exercised too little: {refused} inputs were refused");
    }

    [Fact]
    public async Task Whatever_the_file_system_refuses_is_an_IOException_and_leaves_nothing_behind()
    {
        await _store.PutAsync("a", new MemoryStream([1]), Bound);
        string path = Directory.GetFiles(_folder).Single();
        File.Delete(path);
        Directory.CreateDirectory(path); // not even root may open it

        await Assert.ThrowsAsync<IOException>(() => _store.PutAsync("a", new MemoryStream([2]), Bound));
        await Assert.ThrowsAsync<IOException>(() => _store.OpenAsync("a", Bound));
        await Assert.ThrowsAsync<IOException>(() => _store.DeleteAsync("a", Bound));

        Assert.Empty(await _store.ListAsync(string.Empty, Bound));
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
