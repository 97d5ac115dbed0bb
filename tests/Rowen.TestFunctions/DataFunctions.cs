using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Rowen.Functions;
using Rowen.ObjectStorage;

namespace Rowen.TestFunctions;

/// <summary>Functions over parts of objects.</summary>
public static class DataFunctions
{
    /// <summary>The same, so slowly that something can happen in between.</summary>
    [Function]
    public static LineTotals CountRecordsSlowly(ObjectPart part)
    {
        Thread.Sleep(100);
        return CountRecords(part);
    }

    /// <summary>Puts an object of so many bytes, and says how many: <c>URI|NAME|BYTES</c>.</summary>
    [Function]
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "A function's thread has nothing else to do.")]
    public static long PutBytes(string order)
    {
        string[] parts = order.Split('|');
        byte[] content = new byte[int.Parse(parts[2], CultureInfo.InvariantCulture)];
        return PutAsync(parts[0], parts[1], content).GetAwaiter().GetResult();
    }

    private static async Task<long> PutAsync(string uri, string name, byte[] content)
    {
        await using OpenedObjectStore store = await ObjectStoreUri.OpenAsync(uri);
        await store.PutAsync(name, new MemoryStream(content));
        return content.Length;
    }

    /// <summary>Counts records, and adds up the numbers that they begin with.</summary>
    [Function]
    public static LineTotals CountRecords(ObjectPart part)
    {
        using RecordReader records = part.OpenRecords();
        long count = 0;
        long sum = 0;
        while (records.TryRead(out ReadOnlySpan<byte> record))
        {
            count++;
            sum += Utf8Parser.TryParse(record, out long number, out _) ? number : 0;
        }

        return new LineTotals(count, sum);
    }
}
