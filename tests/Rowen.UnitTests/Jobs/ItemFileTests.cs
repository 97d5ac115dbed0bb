using Rowen.Jobs;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Jobs;

public sealed class ItemFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-items-").FullName;

    private string Items => Path.Combine(_folder, "items");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Items_come_back_as_they_were_empty_ones_too()
    {
        ReadOnlyMemory<byte>[] items = ["a"u8.ToArray(), Array.Empty<byte>(), new byte[2_000_000]];

        (long count, string hash) = ItemFile.Write(Items, items);
        ItemFile.Verify(Items, hash);

        Assert.Equal(3, count);
        Assert.Equal(items.Select(item => item.ToArray()), ItemFile.Read(Items));
    }

    [Fact]
    public void Every_flipped_bit_is_noticed_before_an_item_is_used()
    {
        (_, string hash) = ItemFile.Write(Items, ["one"u8.ToArray(), "two"u8.ToArray()]);
        byte[] whole = File.ReadAllBytes(Items);
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Items, flipped);

            Assert.Equal(ErrorCode.JobDamaged, Assert.Throws<RowenException>(() => ItemFile.Verify(Items, hash)).Code);
        }
    }
}
