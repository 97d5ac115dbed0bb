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

    public double MedianUs => Quantiles.Median(_rounds.Select(round => round.Rowen.MedianUs));

    public double P99Us => Quantiles.Of(_rounds.SelectMany(round => round.Rowen.SamplesUs), 0.99);

    public double FloorUs => Quantiles.Median(_rounds.Select(round => round.Floor.MedianUs));

    public double FloorP99Us => Quantiles.Of(_rounds.SelectMany(round => round.Floor.SamplesUs), 0.99);

    public double Ratio => Quantiles.Median(_rounds.Select(round => round.Rowen.MedianUs / round.Floor.MedianUs));

    /// <summary>How much longer Rowen takes: the median of the differences within rounds.</summary>
    public double DistanceUs => Quantiles.Median(_rounds.Select(round => round.Rowen.MedianUs - round.Floor.MedianUs));

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
