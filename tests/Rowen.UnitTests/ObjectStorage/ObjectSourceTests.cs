using System.IO.Compression;
using System.Text;
using Rowen.ObjectStorage;

namespace Rowen.UnitTests.ObjectStorage;

public sealed class ObjectSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-sources-").FullName;

    public ObjectSourceTests()
    {
        foreach ((string name, int length) in new[] { ("a.csv", 10), ("b.csv", 0), ("c.txt", 1), ("below/d.csv", 25), ("below/deep/e.csv", 3), ("per%cent", 2) })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
            File.WriteAllText(Path.Combine(_folder, name), new string('\n', length));
        }
    }

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("*.csv", "a.csv b.csv")]
    [InlineData("**/*.csv", "a.csv b.csv below/d.csv below/deep/e.csv")]
    [InlineData("**", "a.csv b.csv below/d.csv below/deep/e.csv c.txt per%cent")]
    [InlineData("", "a.csv b.csv below/d.csv below/deep/e.csv c.txt per%cent")]
    [InlineData("below/", "below/d.csv below/deep/e.csv")]
    [InlineData("below/*", "below/d.csv")]
    [InlineData("[!a].csv", "b.csv")]
    [InlineData("[a-b].csv", "a.csv b.csv")]
    [InlineData("?.*", "a.csv b.csv c.txt")]
    [InlineData("per%cent", "per%cent")]
    public async Task Patterns_find_what_the_shell_would(string pattern, string expected)
    {
        foreach (string start in (string[])["file:", "file://", string.Empty])
        {
            IReadOnlyList<SourceObject> found = await ObjectSource.From($"{start}{_folder}/{pattern}").ListAsync(Bound);

            IEnumerable<string> paths = found.Select(one => Path.GetRelativePath(_folder, Path.Combine(ObjectStoreUri.FolderOf(one.Store), one.Found.Name)));
            Assert.Equal(expected.Split(' '), paths);
        }
    }

    [Fact]
    public async Task Statistics_come_from_the_list_alone()
    {
        File.SetUnixFileMode(Path.Combine(_folder, "a.csv"), UnixFileMode.None);
        ObjectSource source = ObjectSource.From($"{_folder}/**/*.csv", $"{_folder}/**/d.csv");

        Assert.Equal(new ObjectSourceStatistics(4, 1, 38, 25, 4), await source.MeasureAsync(Bound));
        Assert.Equal(new ObjectSourceStatistics(4, 1, 38, 25, 8), await source.ChunkedBy(7, Records.Lines).MeasureAsync(Bound));
        Assert.Equal(new ObjectSourceStatistics(4, 1, 38, 25, 12), await source.ChunkedInto(4, Records.Csv).MeasureAsync(Bound));
    }

    [Fact]
    public async Task Compressed_object_is_one_part_whose_lines_are_what_was_compressed()
    {
        string path = Path.Combine(_folder, "lines.txt.gz");
        await using (var zipped = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await zipped.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(line => $"{line}\n"))), Bound);
        }

        ObjectSource source = ObjectSource.From(path).ChunkedBy(100, Records.Lines);
        ObjectPart part = Assert.Single(await source.PartsAsync(Bound));

        Assert.Equal(1, (await source.MeasureAsync(Bound)).PartCount);
        Assert.Equal(Enumerable.Range(0, 10_000).Select(line => $"{line}"), part.ReadRecords());
        ObjectPart[] cut = [.. await ObjectSource.From(path).ChunkedInto(3, Records.Bytes).PartsAsync(Bound)];
        byte[] read = [.. cut.SelectMany(ReadAll)];
        Assert.Equal(await File.ReadAllBytesAsync(path, Bound), read); // as it is, for functions that know more
    }

    [Fact]
    public async Task Records_of_what_cannot_be_decompressed_are_refused_when_it_is_cut()
    {
        string path = Path.Combine(_folder, "lines.txt.zst");
        await File.WriteAllBytesAsync(path, [0x28, 0xB5, 0x2F, 0xFD], Bound);

        IOException refused = await Assert.ThrowsAsync<IOException>(() => ObjectSource.From(path).ChunkedBy(100, Records.Csv).PartsAsync(Bound));

        Assert.Contains("'lines.txt.zst' has no records that can be read here: .zst is not decompressed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(4, ReadAll(Assert.Single(await ObjectSource.From(path).PartsAsync(Bound))).Length);
    }

    [Fact]
    public async Task What_is_not_there_is_told_and_not_taken_for_empty()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => ObjectSource.From($"{_folder}/*.cvs").ListAsync(Bound));
        await Assert.ThrowsAsync<FileNotFoundException>(() => ObjectSource.From($"{_folder}/a.cvs").PartsAsync(Bound));
        await Assert.ThrowsAsync<FileNotFoundException>(() => ObjectSource.From($"{_folder}/nowhere/").MeasureAsync(Bound));
    }

    [Theory]
    [InlineData("rowen-memory:?bytes=1", "one program's")]
    [InlineData("gopher://x/y", "file:, s3:, redis:")]
    [InlineData("file:relative", "file:/path")]
    [InlineData("s3:bucket/x", "s3://bucket/name")]
    [InlineData("s3:///x", "s3://bucket/name")]
    public void What_names_no_objects_is_refused_with_the_reason(string source, string why) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => ObjectSource.From(source)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("s3://bucket", "s3://bucket", "", null)]
    [InlineData("s3://bucket/a/b*.csv", "s3://bucket", "a/b", null)]
    [InlineData("s3://bucket/a/b", "s3://bucket", "a/b", "a/b")]
    [InlineData("s3://bucket/a/", "s3://bucket", "a/", null)]
    [InlineData("redis://host:1/p/a/b", "redis://host:1/p", "a/b", "a/b")]
    [InlineData("redis://host:1/p", "redis://host:1/p", "", null)]
    public void Uris_divide_into_store_and_name(string source, string store, string prefix, string? name)
    {
        SourcePattern pattern = SourcePattern.Parse(source);

        Assert.Equal((store, prefix, name), (pattern.Store, pattern.Prefix, pattern.Name));
    }

    [Fact]
    public async Task Too_many_parts_are_refused_before_they_are_made()
    {
        string large = Path.Combine(_folder, "large");
        using (FileStream file = File.Create(large))
        {
            file.SetLength(20_000_000); // sparse
        }

        await Assert.ThrowsAsync<IOException>(() => ObjectSource.From(large).ChunkedBy(1, Records.Lines).PartsAsync(Bound));
    }

    [Fact]
    public async Task Text_of_a_part_is_without_byte_order_mark_and_line_ends()
    {
        string path = Path.Combine(_folder, "marked");
        await File.WriteAllTextAsync(path, "\uFEFFäöü\r\nzwei\n\ndrei", Bound);

        IReadOnlyList<ObjectPart> parts = await ObjectSource.From(path).ChunkedBy(4, Records.Lines).PartsAsync(Bound);

        Assert.Equal(["äöü", "zwei", "", "drei"], parts.SelectMany(part => part.ReadRecords()));
        Assert.Throws<InvalidOperationException>((parts[0] with { Records = Records.Bytes }).OpenRecords);
    }

    private static byte[] ReadAll(ObjectPart part)
    {
        using Stream content = part.Open();
        using var all = new MemoryStream();
        content.CopyTo(all);
        return all.ToArray();
    }
}
