using Rowen.LentMemory;

namespace Rowen.UnitTests.LentMemory;

public sealed class StripeLayoutTests
{
    [Fact]
    public void One_part_holds_everything_in_one_piece() => Assert.Equal(
        new StripePiece(0, 7_000_000_000, 5_000_000_000), new StripeLayout(PartCount: 1, StripeBytes: 4096).First(7_000_000_000, 5_000_000_000));

    [Fact]
    public void Stripes_follow_each_other_over_the_parts()
    {
        var layout = new StripeLayout(PartCount: 3, StripeBytes: 10);

        Assert.Equal(new StripePiece(0, 0, 10), layout.First(0, 100));
        Assert.Equal(new StripePiece(1, 4, 6), layout.First(14, 100));
        Assert.Equal(new StripePiece(2, 5, 3), layout.First(25, 3));
        Assert.Equal(new StripePiece(0, 10, 10), layout.First(30, 100));
        Assert.Equal(new StripePiece(1, 100_000_000_000, 10), layout.First(300_000_000_010, 11));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(30)]
    [InlineData(47)]
    public void Every_byte_of_a_region_has_one_place_and_parts_have_no_gaps(int regionBytes)
    {
        var layout = new StripeLayout(PartCount: 3, StripeBytes: 10);
        var places = new HashSet<(int Part, long Offset)>();

        for (long offset = 0; offset < regionBytes; offset++)
        {
            StripePiece piece = layout.First(offset, 1);
            Assert.Equal(1, piece.LengthBytes);
            Assert.True(places.Add((piece.Part, piece.Offset)));
        }

        for (int part = 0; part < 3; part++)
        {
            long[] offsets = [.. places.Where(place => place.Part == part).Select(place => place.Offset).Order()];
            Assert.Equal([.. Enumerable.Range(0, (int)layout.LengthOf(part, regionBytes)).Select(at => (long)at)], offsets);
        }
    }
}
