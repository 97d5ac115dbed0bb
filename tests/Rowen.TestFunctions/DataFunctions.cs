using System.Buffers.Text;
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
