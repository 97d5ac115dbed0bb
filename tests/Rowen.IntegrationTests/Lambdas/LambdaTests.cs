using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Errors;

namespace Rowen.IntegrationTests.Lambdas;

/// <summary>Lambdas on their whole way, in one cluster and most of them on one lease, which knows nothing of this assembly before.</summary>
public sealed class LambdaTests(LambdaFixture fixture) : IClassFixture<LambdaFixture>
{
    private const int Input = 4;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. LambdaShapes.All.Select(shape => shape.Name)];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Names))]
    public async Task Lambda_gives_there_what_it_gives_here(string name)
    {
        LambdaShape shape = LambdaShapes.All.Single(shape => shape.Name == name);

        Function<int, string> function = await fixture.Lease.BindAsync(shape.Lambda, Bound);
        string there = await function.InvokeAsync(Input, cancellationToken: Bound);

        Assert.Equal(shape.Lambda(Input), there); // afterwards: it may change what it captures
    }

    [Fact]
    public void There_are_more_than_forty_shapes() => Assert.True(LambdaShapes.All.Count > 40);

    [Fact(Timeout = 120_000)]
    public async Task Map_takes_a_lambda_with_what_it_captures_and_sends_its_code_by_itself()
    {
        int threshold = 5;

        bool[] above = await fixture.Client.MapAsync(Enumerable.Range(0, 10), x => x > threshold, cancellationToken: Bound);
        string[] later = await fixture.Client.MapAsync(
            ["a", "b"],
            async text =>
            {
                await Task.Yield();
                return text + threshold;
            },
            cancellationToken: Bound);

        Assert.Equal(Enumerable.Range(0, 10).Select(x => x > 5), above);
        Assert.Equal(["a5", "b5"], later);
    }

    [Fact(Timeout = 120_000)]
    public async Task Maps_over_leases_take_lambdas_in_every_form()
    {
        int offset = 100;

        int[] ordered = await fixture.Lease.MapAsync([1, 2, 3], x => x + offset, cancellationToken: Bound);
        int[] several = await new[] { fixture.Lease }.MapAsync([1, 2, 3], x => x - offset, cancellationToken: Bound);
        var completed = new List<int>();
        await foreach (MapResult<int> result in fixture.Lease.MapAsCompletedAsync([4, 5], async x => await Task.FromResult(x * offset), cancellationToken: Bound))
        {
            completed.Add(result.Value);
        }

        Assert.Equal([101, 102, 103], ordered);
        Assert.Equal([-99, -98, -97], several);
        Assert.Equal([400, 500], completed.Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task One_call_copies_what_is_captured_at_that_time()
    {
        int number = 1;
        Func<int> read = () => number;

        int first = await fixture.Lease.InvokeAsync(read, cancellationToken: Bound);
        number = 2;
        int second = await fixture.Lease.InvokeAsync(read, cancellationToken: Bound);
        await fixture.Lease.InvokeAsync(() => { number = 3; }, cancellationToken: Bound);
        string later = await fixture.Lease.InvokeAsync(async () => await Task.FromResult($"later {number}"), cancellationToken: Bound);

        Assert.Equal((1, 2, "later 2"), (first, second, later)); // what is changed there does not come back
    }

    /// <summary>From the second call on of each lambda only values travel.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Each_call_brings_the_numbers_and_texts_that_are_captured_then()
    {
        Lease lease = fixture.Lease;
        var seen = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            int number = i;
            string? text = i == 2 ? null : $"text {i} ü";
            int? perhaps = i == 1 ? null : -i;
            (decimal Exact, DayOfWeek Day) pair = (i / 10m, (DayOfWeek)i);
            seen.Add(lease.Invoke(() => $"{number++} {text ?? "none"} {perhaps} {pair}", cancellationToken: Bound));
            number += 10;
            seen.Add(await lease.InvokeAsync(async () => await Task.FromResult($"{number} {text?.Length}"), cancellationToken: Bound));
            seen.Add($"{lease.Invoke(() => ++number, cancellationToken: Bound)} {lease.Invoke(() => --number, cancellationToken: Bound)} {number}");
            await lease.InvokeAsync(() => { number = 77; }, cancellationToken: Bound);
            Assert.Equal(i + 10, number);
        }

        var expected = Enumerable.Range(0, 4).SelectMany(i => (string[])[
            $"{i} {(i == 2 ? "none" : $"text {i} ü")} {(i == 1 ? null : (int?)-i)} {(i / 10m, (DayOfWeek)i)}",
            $"{i + 10} {(i == 2 ? null : (int?)8)}",
            $"{i + 11} {i + 9} {i + 10}",
        ]);
        Assert.Equal(expected, seen);
    }

    /// <summary>Likewise; what is written into them there stays there, and one array is one array there.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Each_call_brings_the_arrays_that_are_captured_then()
    {
        double[] weights = [1, 2, 3];
        double[] same = weights;
        (int, float)[]? pairs = null;
        var seen = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            seen.Add(fixture.Lease.Invoke(() => $"{weights.Sum() + (same[0] += 10)} {weights[0]} {pairs?.Length}", cancellationToken: Bound));
            weights[2] += 1;
            pairs = new (int, float)[i];
            weights = i == 2 ? Enumerable.Repeat(0.5, 1_000_000).ToArray() : weights; // beyond a slot
            seen.Add(await fixture.Lease.InvokeAsync(() => $"{weights.Sum()}", cancellationToken: Bound));
        }

        Assert.Equal(["17 11 ", "7", "18 11 0", "8", "19 11 1", "500000", "500011 0.5 2", "500001"], seen);
        Assert.Equal(1, same[0]);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exception_of_a_later_call_tells_what_that_one_captured()
    {
        for (int i = 0; i < 3; i++)
        {
            string why = $"reason {i}";

            InvocationException error = await Assert.ThrowsAsync<InvocationException>(
                () => fixture.Lease.InvokeAsync(() => why.Length > 0 ? throw new InvalidOperationException(why) : 0, cancellationToken: Bound));

            Assert.Equal(why, error.RemoteMessage);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Function_keeps_the_copy_that_it_was_made_with()
    {
        int number = 1;
        Function<int, int> add = await fixture.Lease.BindAsync((int x) => number += x, Bound);
        number = 100;

        Assert.Equal(6, await add.InvokeAsync(5, cancellationToken: Bound));
        Assert.Equal(11, await add.InvokeAsync(5, cancellationToken: Bound));
        Assert.Equal(100, number);
    }

    [Fact(Timeout = 120_000)]
    public async Task Large_capture_travels()
    {
        double[] numbers = [.. Enumerable.Range(0, 1 << 20).Select(i => (double)i)];

        double sum = await fixture.Lease.InvokeAsync(() => numbers.Sum(), cancellationToken: Bound);

        Assert.Equal(numbers.Sum(), sum);
    }

    [Fact(Timeout = 120_000)]
    public async Task Refusal_comes_before_any_lease_is_asked_for()
    {
        using var client = new HttpClient();
        int before = (await fixture.Client.LeasesAsync(Bound)).Count;

        RowenException error = await Assert.ThrowsAsync<RowenException>(
            () => fixture.Client.MapAsync([1], x => $"{client.BaseAddress}{x}", cancellationToken: Bound));

        Assert.Equal(ErrorCode.CannotShip, error.Code);
        Assert.StartsWith("cannot ship 'lambda.client': HttpClient.", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await fixture.Client.LeasesAsync(Bound)).Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exception_that_holds_several_brings_all_of_them()
    {
        Func<int> fail = () => throw new AggregateException(
            "many",
            [
                new InvalidOperationException("first", new TimeoutException("why")),
                new ArgumentException("second"),
                .. Enumerable.Range(3, 60).Select(i => new InvalidDataException($"number {i}")),
            ]);

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(() => fixture.Lease.InvokeAsync(fail, cancellationToken: Bound));

        Assert.Equal(typeof(AggregateException).FullName, error.RemoteTypeName);
        Assert.Equal(["first", "second", "number 3", "number 4"], error.RemoteInnerExceptions.Take(4).Select(inner => inner.RemoteMessage));
        Assert.Equal(30, error.RemoteInnerExceptions.Count); // and the cause of the first, and the one that holds them: 32
        Assert.Same(error.InnerException, error.RemoteInnerExceptions[0]);
        Assert.Equal("why", Assert.Single(error.RemoteInnerExceptions[0].RemoteInnerExceptions).RemoteMessage);
        Assert.Contains("number 4", error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exception_in_a_lambda_tells_where_on_its_node_the_log_is()
    {
        Func<int> fail = () =>
        {
            Console.WriteLine("said before it failed");
            throw new InvalidOperationException();
        };

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(
            () => fixture.Lease.InvokeAsync(fail, cancellationToken: Bound));

        string path = Path.Combine(error.LogFolder!, "out");
        await Until.TrueAsync(
            () => File.Exists(path) && File.ReadAllText(path).Contains("said before it failed", StringComparison.Ordinal), TimeSpan.FromSeconds(30), $"{path} has it");
    }

    [Fact(Timeout = 120_000)]
    public async Task Exception_in_a_lambda_tells_where_it_was_thrown()
    {
        string why = "captured reason";
        Func<int> fail = () => throw new InvalidOperationException(why);

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(
            () => fixture.Lease.InvokeAsync(fail, cancellationToken: Bound));

        Assert.Equal(why, error.RemoteMessage);
        Assert.Contains(nameof(Exception_in_a_lambda_tells_where_it_was_thrown), error.RemoteStackTrace, StringComparison.Ordinal);
    }
}
