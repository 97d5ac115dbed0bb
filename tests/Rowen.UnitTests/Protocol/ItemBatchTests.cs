using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.UnitTests.Protocol;

public sealed class ItemBatchTests
{
    [Fact]
    public void Items_lie_one_after_the_other_each_aligned_to_16_bytes()
    {
        byte[] batch = new byte[64];
        int used = ItemBatch.HeadBytes;

        Assert.True(ItemBatch.TryAdd(batch, ref used, "abc"u8));
        Assert.True(ItemBatch.TryAdd(batch, ref used, "123456789"u8));

        Assert.Equal(
            "0000000000000000" // elapsed
            + "0300000000000000" + "6162630000000000" // three bytes, then five that mean nothing
            + "0900000000000000" + "3132333435363738" + "39" + "00000000000000" + "0000000000000000",
            Convert.ToHexStringLower(batch.AsSpan(0, used)));
    }

    [Fact]
    public void What_was_added_is_read_in_order_and_then_nothing()
    {
        byte[] batch = new byte[100];
        int used = ItemBatch.HeadBytes;
        Assert.True(ItemBatch.TryAdd(batch, ref used, default));
        Assert.True(ItemBatch.TryAdd(batch, ref used, "x"u8));
        Assert.True(ItemBatch.TryAdd(batch, ref used, new byte[24]));
        Assert.False(ItemBatch.TryAdd(batch, ref used, new byte[40]));
        ItemBatch.WriteItemHead(batch.AsSpan(ItemBatch.HeadBytes + 16), 1, ErrorCode.FunctionFailed);

        var read = new List<(ErrorCode, int)>();
        int offset = ItemBatch.HeadBytes;
        while (ItemBatch.TryRead(batch.AsSpan(0, used), ref offset, out ErrorCode error, out ReadOnlySpan<byte> item))
        {
            read.Add((error, item.Length));
        }

        Assert.Equal([(ErrorCode.None, 0), (ErrorCode.FunctionFailed, 1), (ErrorCode.None, 24)], read);
    }

    [Fact]
    public void Hostile_bytes_never_lead_outside_of_the_batch_and_never_on_for_ever()
    {
        var random = new Random(7);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            for (int at = 8; at + 8 <= bytes.Length && random.Next(4) > 0; at += 16)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(at), random.Next(-2, 24));
            }

            int offset = ItemBatch.HeadBytes;
            int items = 0;
            while (ItemBatch.TryRead(bytes, ref offset, out _, out ReadOnlySpan<byte> item))
            {
                Assert.True(item.Length <= bytes.Length);
                Assert.True(++items <= 5);
            }
        }
    }

    [Fact]
    public void Elapsed_time_of_too_few_bytes_is_none() => Assert.Equal(0, ItemBatch.ElapsedNs(new byte[7]));
}
