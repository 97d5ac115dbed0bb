namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>
/// Rounds in which floor and Rowen took turns, in random order: only ratios within a round are trusted, because
/// the machine's neighbours and the hypervisor change its speed from second to second.
/// </summary>
internal sealed class PairedRounds
{
    private readonly List<(RoundSample Floor, RoundSample Rowen)> _rounds = [];

    public int Count => _rounds.Count;

    public IReadOnlyList<(RoundSample Floor, RoundSample Rowen)> All => _rounds;

    public double MedianUs => RoundSample.MedianOf(Rowen);

    public double P99Us => RoundSample.TailOf(Rowen);

    public double FloorUs => RoundSample.MedianOf(Floor);

    public double FloorP99Us => RoundSample.TailOf(Floor);

    public double Ratio => Quantiles.Median(_rounds.Select(round => round.Rowen.MedianUs / round.Floor.MedianUs));

    /// <summary>How much longer Rowen takes: the median of the differences within rounds.</summary>
    public double DistanceUs => Quantiles.Median(_rounds.Select(round => round.Rowen.MedianUs - round.Floor.MedianUs));

    private IEnumerable<RoundSample> Floor => _rounds.Select(round => round.Floor);

    private IEnumerable<RoundSample> Rowen => _rounds.Select(round => round.Rowen);

    /// <summary>Measures both sides so many times, in a random order that the seed repeats.</summary>
    public static PairedRounds Of(int count, int seed, Func<RoundSample> floor, Func<RoundSample> rowen)
    {
        var random = new Random(seed);
        var rounds = new PairedRounds();
        for (int i = 0; i < count; i++)
        {
            rounds.Run(floor, rowen, random);
        }

        return rounds;
    }

    /// <summary>Measures both sides once, one after the other.</summary>
    /// <param name="floor">Measures the floor.</param>
    /// <param name="rowen">Measures Rowen.</param>
    /// <param name="random">Decides who comes first.</param>
    public void Run(Func<RoundSample> floor, Func<RoundSample> rowen, Random random)
    {
        if (random.Next(2) == 0)
        {
            RoundSample first = floor();
            _rounds.Add((first, rowen()));
        }
        else
        {
            RoundSample first = rowen();
            _rounds.Add((floor(), first));
        }
    }

    /// <summary>The same for sides that are asynchronous.</summary>
    public async Task RunAsync(Func<Task<RoundSample>> floor, Func<Task<RoundSample>> rowen, Random random)
    {
        bool isFloorFirst = random.Next(2) == 0;
        RoundSample first = isFloorFirst ? await floor() : await rowen();
        RoundSample second = isFloorFirst ? await rowen() : await floor();
        _rounds.Add(isFloorFirst ? (first, second) : (second, first));
    }
}
