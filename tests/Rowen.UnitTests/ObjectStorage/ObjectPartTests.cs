using System.Text;
using Rowen.ObjectStorage;

namespace Rowen.UnitTests.ObjectStorage;

/// <summary>Every record exactly once, wherever objects are cut.</summary>
public sealed class ObjectPartTests
{
    private const string Letters = "abc,\n\n\r\"\"";

    [Theory]
    [InlineData(Records.Lines, 1)]
    [InlineData(Records.Csv, 2)]
    public async Task Any_object_cut_anywhere_gives_the_records_of_a_plain_reader(Records records, int seed)
    {
        var random = new Random(seed);
        long cuts = 0;
        for (int round = 0; round < 5_000; round++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(random.GetItems<char>(Letters, random.Next(120)));
            int chunk = random.Next(1, 30);

            List<string> found = await ReadAsync(bytes, chunk, records, random, parts => cuts += parts - 1);

            Assert.True(PlainRecords(bytes, records).SequenceEqual(found), $"seed {seed}, round {round}: {Encoding.ASCII.GetString(bytes)} by {chunk}");
        }

        Assert.True(cuts > 20_000, $"seed {seed} exercised too little: {cuts} cuts");
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("x", 1)]
    [InlineData("\n", 1)]
    [InlineData("a\nb", 2)] // the final line has no end: Lithops loses its last byte
    [InlineData("a\nb\n", 2)]
    [InlineData("a\r\nb\r\n", 2)]
    public async Task Objects_of_few_bytes_keep_each_of_them(string text, int records)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int chunk = 1; chunk <= Math.Max(1, bytes.Length) + 1; chunk++)
        {
            List<string> found = await ReadAsync(bytes, chunk, Records.Lines, new Random(chunk));
            Assert.Equal(text.Length == 0 ? 0 : records, found.Count);
            Assert.Equal(text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n'), string.Join('\n', found));
        }
    }

    [Theory]
    [InlineData(Records.Lines, 100_000)]
    [InlineData(Records.Csv, 100_000)]
    [InlineData(Records.Lines, 1_500_000)]
    [InlineData(Records.Csv, 5_000_000)]
    public async Task Records_longer_than_parts_and_than_what_is_read_along_stay_whole(Records records, int chunk)
    {
        byte[] bytes = Encoding.ASCII.GetBytes($"first\n{new string('x', 4_000_000)}\nthird\n\"{new string('y', 150_000)}{new string('\n', 7)}{new string('z', 70_000)}\"\nlast");

        List<string> found = await ReadAsync(bytes, chunk, records, new Random(3));

        Assert.Equal(PlainRecords(bytes, records), found);
    }

    [Fact]
    public async Task A_record_over_many_parts_is_read_once_by_its_own_and_passed_once_by_the_others()
    {
        byte[] bytes = Encoding.ASCII.GetBytes(new string('x', 8_000_000) + "\nlast");
        var store = new BytesStore(bytes, new Random(4));
        ObjectPart[] parts = Cut(store, 100_000, Records.Lines);

        long records = parts.Sum(part => RecordsOf(part, store).Count);

        Assert.Equal(2, records);
        Assert.InRange(store.AskedBytes, bytes.Length, 3L * bytes.Length); // not their number times the length
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void Parts_of_bytes_have_exactly_their_size(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(5).NextBytes(bytes);
        var store = new BytesStore(bytes, new Random(6));

        for (int count = 1; count <= lengthBytes + 2; count++)
        {
            ObjectPart[] parts = new PartPlan(0, count, Records.Bytes).Cut(new SourceObject("x:", store.Object), null);
            byte[][] contents = [.. parts.Select(part => BytesOf(part, store))];
            Assert.Equal(Math.Clamp(lengthBytes, 1, count), parts.Length);
            Assert.Equal(bytes, contents.SelectMany(content => content));
            Assert.InRange(contents.Max(content => content.Length) - contents.Min(content => content.Length), 0, 1);
        }
    }

    [Fact]
    public async Task Reading_with_await_gives_the_same()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("one\ntwo\nthree\nfour");
        var store = new BytesStore(bytes, new Random(7));
        using var all = new MemoryStream();
        foreach (ObjectPart part in Cut(store, 5, Records.Lines))
        {
            await using PartStream stream = Open(part, store);
            await stream.CopyToAsync(all, TestContext.Current.CancellationToken);
        }

        Assert.Equal(bytes, all.ToArray());
    }

    [Fact]
    public void Size_of_a_part_may_be_as_large_as_a_number_gets()
    {
        var plan = new PartPlan(long.MaxValue, 0, Records.Lines);

        Assert.Equal(1, plan.CountOf(5L << 40));
        Assert.Equal(5L << 40, Assert.Single(plan.Cut(new SourceObject("x:", new StoredObject("a", 5L << 40, "1")), null)).EndBytes);
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes, int chunk, Records records, Random random, Action<int>? counted = null)
    {
        var store = new BytesStore(bytes, random);
        ObjectPart[] parts = Cut(store, chunk, records);
        counted?.Invoke(parts.Length);
        if (records == Records.Csv)
        {
            parts = await QuoteScan.MarkAsync(store, store.Object, parts, TestContext.Current.CancellationToken);
        }

        Assert.Equal(bytes, parts.SelectMany(part => BytesOf(part, store)));
        return [.. parts.SelectMany(part => RecordsOf(part, store))];
    }

    private static ObjectPart[] Cut(BytesStore store, long chunk, Records records) =>
        new PartPlan(chunk, 0, records).Cut(new SourceObject("x:", store.Object), null);

    private static PartStream Open(ObjectPart part, BytesStore store) => new(part, (offset, length, token) => store.OpenRangeAsync(store.Object, offset, length, token));

    private static byte[] BytesOf(ObjectPart part, BytesStore store)
    {
        using PartStream stream = Open(part, store);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static List<string> RecordsOf(ObjectPart part, BytesStore store)
    {
        using var reader = new RecordReader(Open(part, store), part.Records);
        List<string> found = [];
        while (reader.TryRead(out ReadOnlySpan<byte> record))
        {
            found.Add(Encoding.ASCII.GetString(record));
        }

        return found;
    }

    /// <summary>As one would write it without a thought of parts: byte by byte.</summary>
    private static List<string> PlainRecords(byte[] bytes, Records records)
    {
        List<string> found = [];
        var record = new StringBuilder();
        bool isQuoted = false;
        foreach (byte one in bytes)
        {
            isQuoted ^= one == '"' && records == Records.Csv;
            if (one != '\n' || isQuoted)
            {
                record.Append((char)one);
                continue;
            }

            found.Add(record.Length > 0 && record[^1] == '\r' ? record.ToString(0, record.Length - 1) : record.ToString());
            record.Clear();
        }

        return record.Length > 0 ? [.. found, record.ToString()] : found;
    }
}
