using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Rows;

/// <content>Lambdas, next to a function of the same work that is called by its name on the same lease.</content>
internal sealed partial class LaneRows
{
    private const string ByName = "the function by name, hot";

    /// <summary>Rows of a lambda that is bound, of one that captures nothing and is called at once, and of those whose captured number, or array, each call brings along.</summary>
    public async Task AddLambdasAsync(BenchmarkRows rows, CancellationToken cancellationToken)
    {
        progress.Say("lambdas next to functions by name");
        var code = CodePackage.FromAssembly(typeof(LaneRows).Assembly);
        await using Lease lease = await LeaseAsync("shm", HotWindow, code, cancellationToken);
        Function<long, long> same = lease.Function<long, long>(MeasuredFunctions.Same);
        var named = new NumberPath(number => same.Invoke(number));
        long zero = MeasuredFunctions.Same(0);
        Function<long, long> bound = await lease.BindAsync((long number) => number + zero, cancellationToken);
        await AddAsync("lambda", number => bound.Invoke(number));
        await AddAsync("lambda-call", number => number + lease.Invoke(static () => MeasuredFunctions.Same(0)));
        await AddAsync("lambda-copy", number => lease.Invoke(() => number));
        long[] numbers = [0, 1, 2, 3];
        await AddAsync("lambda-array", number => number + lease.Invoke(() => numbers[0]));

        async Task AddAsync(string mode, Func<long, long> call)
        {
            PairedRounds rounds = await PinnedThread.RunAsync(cores.Caller, () => Pair(
                new NumberPath(call),
                named,
                new EchoMeasurement(settings, sizeof(long), TimeSpan.Zero, named)));
            rows.Add("shm", mode, sizeof(long), ByName, Goal.Lambda, rounds);
        }
    }
}
