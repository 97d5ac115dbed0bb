using System.Text;
using Rowen.Jobs;
using Rowen.Journals;

namespace Rowen.UnitTests.Journals;

/// <summary>The byte tables of docs/jobs.md.</summary>
public sealed class JournalFormatTests
{
    [Fact]
    public void Checksum_is_the_known_one_of_Castagnoli() =>
        Assert.Equal(0xE3069283u, Checksum.Of("123456789"u8));

    [Fact]
    public void Header_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[JournalHeader.SizeBytes];

        new JournalHeader(Version: 1, Number: 0x0102030405060708, Salt: 0x11223344).Write(bytes);

        Assert.Equal("524F57454E4A4F42" + "0100" + "0000" + "0807060504030201" + "44332211" + "5E52958B", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Frame_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[JournalFrame.SizeBytes];

        new JournalFrame(Sequence: 0x0102030405060708, BodyBytes: 0x00112233, BodyChecksum: 0xA1A2A3A4).Write(bytes, salt: 0x11223344);

        Assert.Equal("52574652" + "33221100" + "0807060504030201" + "A4A3A2A1" + "C8957B45", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Record_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[JournalRecord.HeaderBytes];

        JournalRecord.WriteHeader(bytes, kind: 0x0506, bodyBytes: 0x00010203);

        Assert.Equal("03020100" + "0605" + "0000", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Item_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[ItemRecord.SizeBytes];

        new ItemRecord(Item: 0x0102, Lane: 0x0304, StartedAt: 0x0506, DurationTicks: 0x0708, Attempts: 0x090A).Write(bytes);

        Assert.Equal("0201000000000000" + "0605000000000000" + "0807000000000000" + "04030000" + "0A090000", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Place_of_a_large_result_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[ResultPlace.SizeBytes];

        new ResultPlace(Position: 0x0102, Bytes: 0x0304, Checksum: 0x05060708).Write(bytes);

        Assert.Equal("0201000000000000" + "0403000000000000" + "08070605", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Nothing_that_is_read_throws()
    {
        var random = new Random(20_261_121);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            Encoding.ASCII.GetBytes(i % 2 == 0 ? "ROWENJOB" : "RWFR").CopyTo(bytes, 0);
            ReadOnlySpan<byte> some = bytes.AsSpan(0, random.Next(bytes.Length));
            ReadOnlyMemory<byte> rest = some.ToArray();
            long position = 0;

            _ = JournalHeader.TryRead(some, out _);
            _ = JournalFrame.TryRead(some, 0, out _);
            _ = JournalRecord.TryTake(ref rest, ref position, out _);
            _ = ItemRecord.TryRead(some, 10, out _);
            _ = ResultPlace.TryRead(some, out _);
        }
    }
}
