using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Functions that map, on the cluster that they run on.</summary>
public sealed class NestedMapTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Pool_whose_every_core_waits_for_another_map_goes_on()
    {
        int cores = (await cluster.Client.NodesAsync(Bound)).Sum(node => node.Cores);
        int[] counts = [.. Enumerable.Range(0, 4 * cores).Select(i => 3 + (i % 5))];

        long[] sums = await cluster.Client.MapAsync(counts, Nested.SumOfSums, WithCode, Bound);

        Assert.Equal(counts.Select(count => Enumerable.Range(0, count).Sum(each => Enumerable.Range(0, each).Sum(number => (long)number * number))), sums);
    }

    [Fact(Timeout = 60_000)]
    public async Task Map_of_a_function_takes_free_cores_besides_its_own()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-map-test-").FullName;

        int[] processCounts = await cluster.Client.MapAsync(new[] { folder }, Nested.Meet, WithCode, Bound);

        Directory.Delete(folder, recursive: true);
        Assert.Equal([2], processCounts);
    }

    [Fact(Timeout = 60_000)]
    public async Task Items_get_copies_wherever_they_run()
    {
        int[] counts = [1, 50];

        int[] left = await cluster.Client.MapAsync(counts, Nested.ChangeCopies, WithCode, Bound);

        Assert.Equal([1, 1], left);
    }

    [Fact(Timeout = 60_000)]
    public async Task Failure_within_is_the_functions_own_and_costs_no_lease()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        int[] numbers = [1, 3, 5, 7];

        MapException error = await Assert.ThrowsAsync<MapException>(() => lease.MapAsync(
            numbers, Nested.FailWithin, new MapOptions { Errors = MapErrors.Collect }, Bound));

        Assert.Equal([1, 2], error.Failures.Select(failure => (int)failure.Index).Order());
        Assert.All(error.Failures, failure => Assert.Equal(ErrorCode.FunctionFailed, failure.Error.Code));
        InvocationException first = Assert.IsType<InvocationException>(error.Failures[0].Error);
        Assert.Equal("Rowen.MapException", first.RemoteTypeName);
        Assert.Equal(14, await lease.Function<int, long>(nameof(Nested.SumOfSquares)).InvokeAsync(4, cancellationToken: Bound));
    }

    [Fact(Timeout = 60_000)]
    public async Task Item_that_outruns_its_deadline_within_fails_there()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        int[] numbers = [1, -1, 2];

        MapException error = await Assert.ThrowsAsync<MapException>(() => lease.MapAsync(
            numbers, Nested.OutrunWithin, new MapOptions { Errors = MapErrors.Collect }, Bound));

        MapFailure failure = Assert.Single(error.Failures);
        Assert.Equal((1, ErrorCode.FunctionFailed), (failure.Index, failure.Error.Code));
        Assert.Contains("was still running", failure.Error.ToString(), StringComparison.Ordinal);
    }
}
