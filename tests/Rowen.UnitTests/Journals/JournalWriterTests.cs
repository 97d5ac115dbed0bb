using System.Buffers.Binary;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Journals;

public sealed class JournalWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-journal-").FullName;

    private string Journal => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_several_threads_append_is_read_in_their_order_and_many_share_a_commit()
    {
        const int threads = 4;
        const int each = 5_000;
        using (JournalWriter writer = JournalWriter.Create(Journal, 1))
        {
            await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() => Append(writer, (ushort)thread, each))));
            await writer.CommitAsync();

            Assert.Equal(threads * each, Read().Count);
            Assert.InRange(writer.CommitCount, 1, threads * each / 10);
        }

        List<(ushort Kind, int Value)> read = Read();
        Assert.All(Enumerable.Range(0, threads), thread =>
            Assert.Equal(Enumerable.Range(0, each), read.Where(record => record.Kind == thread).Select(record => record.Value)));
    }

    [Fact]
    public void What_was_appended_before_the_end_is_written()
    {
        using (JournalWriter writer = JournalWriter.Create(Journal, 1))
        {
            Append(writer, 3, 10);
        }

        Assert.Equal(10, Read().Count);
    }

    [Fact]
    public async Task What_records_point_to_is_made_durable_before_them()
    {
        using JournalWriter writer = JournalWriter.Create(Journal, 1);
        long lengthAtFlush = -1;
        writer.FlushFirst = () => lengthAtFlush = new FileInfo(Journal).Length;

        Append(writer, 1, 1);
        await writer.CommitAsync();

        Assert.Equal(JournalHeader.SizeBytes, lengthAtFlush);
    }

    [Fact]
    public async Task After_a_failed_write_nothing_is_promised_any_more()
    {
        using JournalWriter writer = JournalWriter.Create(Journal, 1);
        writer.FlushFirst = () => throw new IOException("No space left on device");
        Append(writer, 1, 1);

        RowenException failure = await Assert.ThrowsAsync<RowenException>(writer.CommitAsync);
        RowenException next = Assert.Throws<RowenException>(() => Append(writer, 1, 1));

        Assert.Equal(ErrorCode.StorageFailed, failure.Code);
        Assert.Contains("No space left on device", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.StorageFailed, next.Code);
        Assert.True(writer.HasFailed);
        Assert.Empty(Read());
    }

    [Fact]
    public void Journal_is_for_its_owner_alone()
    {
        using JournalWriter writer = JournalWriter.Create(Journal, 1);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Journal));
    }

    private static void Append(JournalWriter writer, ushort kind, int count)
    {
        byte[] body = new byte[sizeof(int)];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(body, i);
            writer.Append(kind, body.AsSpan(0, 1), body.AsSpan(1));
        }
    }

    private List<(ushort Kind, int Value)> Read()
    {
        using JournalReader reader = JournalReader.Open(Journal);
        var records = new List<(ushort Kind, int Value)>();
        while (reader.TryRead(out ReadOnlyMemory<byte> body, out long position))
        {
            while (JournalRecord.TryTake(ref body, ref position, out JournalRecord record))
            {
                records.Add((record.Kind, BinaryPrimitives.ReadInt32LittleEndian(record.Body.Span)));
            }
        }

        return records;
    }
}
