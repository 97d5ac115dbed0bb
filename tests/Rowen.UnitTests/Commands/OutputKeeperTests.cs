using Rowen.Commands;
using Rowen.Executor.Commands;

namespace Rowen.UnitTests.Commands;

public sealed class OutputKeeperTests
{
    [Fact]
    public void Whatever_comes_in_whatever_pieces_the_first_and_last_half_stay()
    {
        var random = new Random(41);
        var keeper = new OutputKeeper();
        for (int round = 0; round < 2_000; round++)
        {
            int max = random.Next(0, 40);
            byte[] all = new byte[random.Next(0, 120)];
            random.NextBytes(all);

            keeper.Begin(max);
            for (int at = 0; at < all.Length;)
            {
                int count = Math.Min(random.Next(1, 50), all.Length - at);
                keeper.Add(all.AsSpan(at, count));
                at += count;
            }

            KeptOutput kept = keeper.ToKept();
            int head = max - (max / 2);
            byte[] expected = all.Length <= max ? all : [.. all[..head], .. all[^(max / 2)..]];
            Assert.Equal(expected, kept.Bytes.ToArray());
            Assert.Equal((all.Length, all.Length <= max ? all.Length : head), (kept.TotalBytes, kept.HeadBytes));
        }
    }

    [Fact]
    public void What_was_left_out_is_said_where_it_was()
    {
        Assert.Equal("ab\n[rowen: 5 bytes were left out here]\nc", System.Text.Encoding.UTF8.GetString(new KeptOutput("abc"u8.ToArray(), 2, 8).ToBytes().Span));
        Assert.Equal("abc", System.Text.Encoding.UTF8.GetString(new KeptOutput("abc"u8.ToArray(), 3, 3).ToBytes().Span));
    }
}
