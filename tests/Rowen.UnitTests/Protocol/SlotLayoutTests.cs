using Rowen.Protocol.Invocations;

namespace Rowen.UnitTests.Protocol;

public sealed class SlotLayoutTests
{
    [Fact]
    public void Slots_lie_a_whole_number_of_pages_apart_with_a_guard_page_at_the_end_of_each()
    {
        var layout = new SlotLayout(SlotCount: 4, SlotBytes: 65_536);

        Assert.Equal(18UL * 4096, layout.StrideBytes); // 65,664 bytes are 17 pages; and the guard
        Assert.Equal((2 * layout.StrideBytes) - 4096 - 80 - 65_536, layout.PayloadOffset(1));
        Assert.Equal(0UL, layout.HeaderOffset(1) % 64);
        Assert.Equal((2 * layout.StrideBytes) - 4096, layout.GuardOffset(1));
        Assert.Equal(4 * layout.StrideBytes, layout.MarkOffset(0));
        Assert.Equal((4 * layout.StrideBytes) + 4096, layout.TotalBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public void Payload_and_canary_never_reach_the_guard_page(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 10_000; i++)
        {
            var layout = new SlotLayout(random.Next(1, 33), random.Next(64, SlotLayout.MaxSlotBytes + 1));

            Assert.True(layout.IsValid);
            Assert.True(layout.PayloadOffset(0) + (ulong)layout.SlotBytes + SlotLayout.CanaryBytes <= layout.GuardOffset(0), $"{layout}");
            Assert.Equal(0UL, layout.GuardOffset(layout.SlotCount - 1) % SlotLayout.PageBytes);
            Assert.Equal((ulong)layout.SpareBytes, layout.GuardOffset(3) - layout.PayloadOffset(3) - (ulong)layout.SlotBytes);
            Assert.InRange(layout.SpareBytes, 80, 95); // a canary throughout: nothing in front of the guard page goes unnoticed
            Assert.Equal(0UL, layout.PayloadOffset(1) % 16);
        }
    }

    [Theory]
    [InlineData(0, 65_536)]
    [InlineData(33, 65_536)]
    [InlineData(4, 63)]
    [InlineData(4, SlotLayout.MaxSlotBytes + 1)]
    [InlineData(-1, -1)]
    public void Layouts_outside_their_ranges_are_invalid(int slotCount, int slotBytes) =>
        Assert.False(new SlotLayout(slotCount, slotBytes).IsValid);
}
