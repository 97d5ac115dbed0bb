using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Fabrics;

/// <summary>Ping-pong over a trial's connection.</summary>
internal sealed class FabricPath(FabricTrial trial, bool isHot) : EchoPath
{
    private int _left;
    private bool _isFirst;

    public override void Begin(int payloadBytes, int count)
    {
        trial.OrderEcho(isHot, payloadBytes, count);
        _left = count;
        _isFirst = true;
    }

    public override RoundSample Measure(RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output)
    {
        RoundSample sample = base.Measure(plan, input, output);
        trial.End.Conclude();
        return sample;
    }

    /// <summary>Copies only where the fabric's write is a copy, and at the first and last call of a round: the fabric is measured, not us.</summary>
    public override void Call(ReadOnlySpan<byte> input, Span<byte> output)
    {
        FabricEnd end = trial.End;
        if (_isFirst || end.IsMapped)
        {
            input.CopyTo(end.Outgoing(0, input.Length));
            _isFirst = false;
        }

        end.Send(0, input.Length);
        int place = end.Await(isHot);
        if (--_left == 0 || end.IsMapped)
        {
            end.Incoming(place, output.Length).CopyTo(output);
        }
    }
}
