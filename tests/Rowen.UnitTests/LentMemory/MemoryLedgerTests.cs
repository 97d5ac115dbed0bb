using Rowen.Executor.LentMemory;
using Rowen.Fabric;
using Rowen.Fabric.Memory;
using Rowen.Fabric.Simulated;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.UnitTests.LentMemory;

public sealed class MemoryLedgerTests : IDisposable
{
    private const long Page = MemoryLending.PageBytes;

    private readonly FabricEndpoint _endpoint;
    private readonly MemoryLedger _ledger = new(limitBytes: 10 * Page);

    public MemoryLedgerTests()
    {
        var network = new SimulatedNetwork(seed: 1);
        _endpoint = new SimulatedProvider(network, network.AddHost("node")).OpenEndpoint(new EndpointOptions());
    }

    public void Dispose() => _endpoint.Dispose();

    [Theory]
    [InlineData(1, 2 * Page)]
    [InlineData(Page, 2 * Page)]
    [InlineData(Page + 1, 3 * Page)]
    public void Block_costs_whole_pages_and_one_more(long lengthBytes, long costBytes) =>
        Assert.Equal(costBytes, MemoryLending.CostOf(lengthBytes));

    [Fact]
    public void What_the_lease_has_left_is_lent_and_no_more()
    {
        Assert.Null(_ledger.FindRefusal(9 * Page));
        Assert.Equal(ErrorCode.CapacityExhausted, _ledger.FindRefusal((9 * Page) + 1)!.Code);
        Lend(key: 1, pages: 4);

        Assert.Equal(4 * Page, _ledger.UsedBytes);
        Assert.Null(_ledger.FindRefusal(5 * Page));
        Assert.Equal(
            new ErrorAnswer(ErrorCode.CapacityExhausted, "A block of 24576 bytes was asked for; 20480 of the lease's 40960 bytes are free."),
            _ledger.FindRefusal(6 * Page));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData((1L << 40) - Page + 1)]
    public void Sizes_that_nobody_can_have_are_refused(long lengthBytes) => Assert.Equal(
        ErrorCode.BadRequest, _ledger.FindRefusal(lengthBytes)!.Code);

    [Fact]
    public void Block_is_taken_back_once_and_says_so_in_its_last_page()
    {
        RegisteredMemory memory = Lend(key: 7, pages: 2);
        Assert.Equal(1, memory.Slice(Page, 8)[0]);

        Assert.True(_ledger.TryTakeBack(7, out RegisteredMemory? taken));

        Assert.Same(memory, taken);
        Assert.Equal(0, memory.Slice(Page, 8)[0]);
        Assert.Equal(0, _ledger.UsedBytes);
        Assert.False(_ledger.TryTakeBack(7, out _));
    }

    [Fact]
    public void All_blocks_say_that_they_are_taken_back()
    {
        RegisteredMemory first = Lend(key: 1, pages: 2);
        RegisteredMemory second = Lend(key: 2, pages: 3);

        _ledger.MarkAllTakenBack();

        Assert.Equal((0, 0), (first.Slice(Page, 8)[0], second.Slice(2 * Page, 8)[0]));
        Assert.False(_ledger.TryTakeBack(1, out _));
    }

    private RegisteredMemory Lend(ulong key, long pages)
    {
        RegisteredMemory memory = _endpoint.Register((ulong)(pages * Page), MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
        _ledger.Add(memory);
        MemoryLedger.MarkLent(memory);
        _ledger.Lend(key, memory);
        return memory;
    }
}
