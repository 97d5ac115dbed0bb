using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>Calls of one kind of floor.</summary>
internal sealed class FloorPath(FloorProcess process, FloorKind kind) : EchoPath
{
    public override void Begin(int payloadBytes, int count) => process.Order(kind, payloadBytes, count);

    public override void Call(ReadOnlySpan<byte> input, Span<byte> output)
    {
        switch (kind)
        {
            case FloorKind.Ring:
                process.Ring.Publish(0, input);
                process.Ring.Take(0, output);
                break;
            case FloorKind.Futex:
                process.Ring.PublishAndWake(input);
                process.Ring.SleepAndTake(output);
                break;
            case FloorKind.FutexOneSided:
                process.Ring.PublishAndWake(input);
                process.Ring.Take(0, output);
                break;
            case FloorKind.TcpSpin:
                process.Socket.Call(input, output, mayBlock: false);
                break;
            case FloorKind.TcpBlock:
                process.Socket.Call(input, output, mayBlock: true);
                break;
            default:
                throw new InvalidOperationException($"{kind} is not measured call by call.");
        }
    }
}
