using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Items that want more than there is: each has its clear end, and the others have their results.</summary>
public sealed class MapExcessTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private const int LongsOfGibibyte = (1 << 30) / sizeof(long);

    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code, Errors = MapErrors.Collect };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Item_that_prints_a_gibibyte_ends_as_others_do_and_its_log_is_cut()
    {
        int[] mebibytes = [0, 0, 1024, 0, 1, 0];
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });

        int[] results = await lease.MapAsync(mebibytes, IllBehaved.PrintMebibytes, cancellationToken: Bound);

        Assert.Equal(mebibytes, results);
        using var log = new MemoryStream();
        await cluster.Client.CopyLogAsync(lease.Id, LogKind.Output, log, Bound);
        Assert.InRange(log.Length, 1 << 20, 5 << 20);
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_that_returns_a_gibibyte_brings_it_and_one_beyond_all_payloads_says_so()
    {
        int[] counts = [1, LongsOfGibibyte, 2, 4 * LongsOfGibibyte, 3];
        MapOptions options = WithCode with { Cores = 1, Lease = new LeaseRequest { MemoryBytes = 6L << 30 } };
        Dictionary<long, long> lengths = [];
        RowenException? tooLarge = null;

        await foreach (MapResult<long[]> result in cluster.Client.MapAsCompletedAsync(counts, IllBehaved.ReturnLongs, options, Bound))
        {
            lengths[result.Index] = result.Error is null ? result.Value.LongLength : -1;
            tooLarge = result.Error ?? tooLarge;
        }

        Assert.Equal([1, LongsOfGibibyte, 2, -1, 3], lengths.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal(ErrorCode.ResultTooLarge, tooLarge!.Code);
        Assert.Contains("2147483647 bytes", tooLarge.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_million_items_that_are_enumerated_as_they_are_wanted_take_no_memory_of_the_caller()
    {
        const int count = 10_000_000;
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        Function<int, int> same = lease.Function<int, int>(Moody.Twice);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        long sum = 0;

        await foreach (MapResult<int> result in lease.MapAsCompletedAsync(Enumerable.Range(0, count).Select(item => item), same, cancellationToken: Bound))
        {
            sum += result.Value;
            most = result.Index % 1_000_000 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before) : most;
        }

        Assert.Equal((long)count * (count - 1), sum);
        Assert.True(most < 64 << 20, $"{most >> 20} MiB");
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_that_takes_memory_without_bound_fails_alone()
    {
        int[] items = [.. Enumerable.Range(-50, 100)];
        MapOptions options = WithCode with { Lease = new LeaseRequest { MemoryBytes = 256 << 20 }, MaxMemoryBytes = 256 << 20 };
        Dictionary<long, long> values = [];
        List<RowenException> errors = [];

        await foreach (MapResult<long> result in cluster.Client.MapAsCompletedAsync(items, IllBehaved.EatMemoryAtZero, options, Bound))
        {
            if (result.Error is { } error)
            {
                errors.Add(error);
            }
            else
            {
                values.Add(result.Index, result.Value);
            }
        }

        RowenException only = Assert.Single(errors);
        Assert.Equal(ErrorCode.OutOfMemory, only.Code);
        Assert.Contains("MapOptions.MaxMemoryBytes", only.Message, StringComparison.Ordinal);
        Assert.Equal(items.Where(item => item != 0).Select(item => (long)item), values.OrderBy(pair => pair.Key).Select(pair => pair.Value));
    }
}
