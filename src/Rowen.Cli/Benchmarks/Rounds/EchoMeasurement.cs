namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>One payload size and one waiting policy: what both sides of a row have in common.</summary>
internal sealed class EchoMeasurement
{
    private readonly byte[] _input;
    private readonly byte[] _output;
    private readonly RoundPlan _plan;

    /// <summary>Plans the rounds from how fast the floor is.</summary>
    public EchoMeasurement(InvokeSettings settings, int payloadBytes, TimeSpan pause, EchoSide floor)
    {
        _input = new byte[payloadBytes];
        _output = new byte[payloadBytes];
        new Random(payloadBytes).NextBytes(_input);
        if (pause > TimeSpan.Zero)
        {
            _plan = RoundPlan.Paused(settings.PausedCalls, pause);
            return;
        }

        var probe = new RoundPlan(WarmUpCount: 200, BatchCount: 20, BatchCalls: 10, SingleCount: 1, TimeSpan.Zero);
        _ = floor.Measure(probe, _input, _output);
        double estimateUs = floor.Measure(probe, _input, _output).MedianUs;
        _plan = RoundPlan.BackToBack(estimateUs, settings.RoundTime);
    }

    public RoundSample Measure(EchoSide side) => side.Measure(_plan, _input, _output);
}
