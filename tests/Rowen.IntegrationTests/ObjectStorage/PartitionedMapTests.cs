using System.IO.Compression;
using System.Text;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.ObjectStorage;
using Rowen.S3;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Maps over parts of objects, read by real executors.</summary>
public sealed class PartitionedMapTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>, IDisposable
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-sources-").FullName;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 120_000)]
    public async Task Every_line_of_files_is_counted_once()
    {
        for (int file = 0; file < 3; file++)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{file}.txt"), Text(20_000 + file), Bound);
        }

        ObjectSource source = ObjectSource.From($"{_folder}/*.txt").ChunkedBy(64.KiB(), Records.Lines);
        LineTotals[] totals = await cluster.Client.MapAsync(source, DataFunctions.CountRecords, WithCode, Bound);

        Assert.Equal((await source.MeasureAsync(Bound)).PartCount, totals.Length);
        Assert.Equal(60_003, totals.Sum(total => total.Count));
        Assert.Equal(Enumerable.Range(0, 3).Sum(file => Enumerable.Range(0, 20_000 + file).Sum(line => (long)line)), totals.Sum(total => total.Sum));
    }

    [Fact(Timeout = 240_000)]
    public async Task Executors_read_S3_with_keys_that_nobody_sent_them()
    {
        S3Server server = await S3Server.GetAsync();
        string bucket = await server.MakeBucketAsync();
        var store = new S3ObjectStore(S3Clients.Create(server.Access()), new S3Address(bucket, string.Empty), server.Access());
        await store.PutAsync("in/a.csv", new MemoryStream(Encoding.UTF8.GetBytes(Csv(300_000))), Bound);
        await store.PutAsync("in/b.csv", new MemoryStream(Encoding.UTF8.GetBytes(Csv(7))), Bound);
        string access = server.WriteAccess(_folder);

        ObjectSource source = ObjectSource.From($"s3://{bucket}/in/*.csv").WithAccess(access).ChunkedBy(512.KiB(), Records.Csv);
        IReadOnlyList<ObjectPart> parts = await source.PartsAsync(Bound);
        LineTotals[] totals = await cluster.Client.MapAsync(source, DataFunctions.CountRecords, WithCode, Bound);

        Assert.True(parts.Count > 10, $"{parts.Count} parts");
        Assert.Contains(parts, part => part.StartsQuoted);
        Assert.Equal(300_007, totals.Sum(total => total.Count));
        Assert.All(parts, part => Assert.DoesNotContain(server.SecretKey, System.Text.Json.JsonSerializer.Serialize(part), StringComparison.Ordinal));
        store.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task File_that_is_replaced_between_cutting_and_reading_fails_its_parts()
    {
        string path = Path.Combine(_folder, "a.txt");
        await File.WriteAllTextAsync(path, Text(1_000), Bound);
        IReadOnlyList<ObjectPart> parts = await ObjectSource.From(path).ChunkedBy(1.KiB(), Records.Lines).PartsAsync(Bound);
        await File.WriteAllTextAsync(path, Text(1_001), Bound);

        MapException failed = await Assert.ThrowsAsync<MapException>(() => cluster.Client.MapAsync(parts, DataFunctions.CountRecords, WithCode, Bound));

        Assert.Contains("was replaced or removed while it was read", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Compressed_files_are_read_as_a_whole_and_one_that_was_cut_short_is_told()
    {
        foreach ((string name, Func<Stream, Stream> compress) in new (string, Func<Stream, Stream>)[]
            { ("a.csv.gz", file => new GZipStream(file, CompressionLevel.Fastest)), ("b.csv.br", file => new BrotliStream(file, CompressionLevel.Fastest)) })
        {
            await using Stream zipped = compress(File.Create(Path.Combine(_folder, name)));
            await zipped.WriteAsync(Encoding.UTF8.GetBytes(Csv(60_000)), Bound);
        }

        LineTotals[] totals = await cluster.Client.MapAsync(ObjectSource.From($"{_folder}/*").ChunkedBy(1.KiB(), Records.Csv), DataFunctions.CountRecords, WithCode, Bound);
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(_folder, "a.csv.gz"), Bound);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "a.csv.gz"), bytes[..(bytes.Length / 2)], Bound);
        MapException failed = await Assert.ThrowsAsync<MapException>(
            () => cluster.Client.MapAsync(ObjectSource.From($"{_folder}/a*").ChunkedBy(1.KiB(), Records.Csv), DataFunctions.CountRecords, WithCode, Bound));

        Assert.Equal([60_000, 60_000], totals.Select(total => total.Count));
        Assert.Contains("InvalidDataException", failed.ToString(), StringComparison.Ordinal);
    }

    private static string Text(int lines) => string.Concat(Enumerable.Range(0, lines).Select(line => $"{line}\n"));

    /// <summary>Each record has a field with line breaks in it, and now and then a very long one.</summary>
    private static string Csv(int records) =>
        string.Concat(Enumerable.Range(0, records).Select(record => $"{record},\"{(record % 50_000 == 9 ? new string('\n', 30_000) : "a \"\"quoted\"\"\nfield")}\"\r\n"));
}
