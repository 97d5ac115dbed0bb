using Rowen.Fabric.Simulated;

namespace Rowen.UnitTests.Simulation;

/// <summary>Questions and answers over the simulated network, as HTTP has them: an answer, a refusal, or none in time.</summary>
internal sealed class SimulatedCalls(SimulatedNetwork network)
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10); // ManagerClientOptions.RequestTimeout
    private static readonly TimeSpan RefusalDelay = TimeSpan.FromMilliseconds(2);

    private readonly List<Call> _open = [];

    /// <summary>Asks. Exactly one of <paramref name="onAnswer"/> and <paramref name="onFailure"/> happens, unless the asker dies.</summary>
    public void Ask<T>(
        SimulatedHost from, SimulatedHost to, Action<Action<T>> serve, Action<T> onAnswer, Action<bool> onFailure)
    {
        var call = new Call(from, to, isTimeout => onFailure(isTimeout));
        _open.Add(call);
        if (!to.IsUp && !network.IsCut(from, to) && !network.IsCut(to, from))
        {
            network.After(RefusalDelay, from, () => Fail(call, isTimeout: false));
            return;
        }

        void Answer(T answer) => network.Send(to, from, () =>
        {
            if (_open.Remove(call))
            {
                onAnswer(answer);
            }
        });

        network.Send(from, to, () => serve(Answer));
        network.After(Timeout, from, () => Fail(call, isTimeout: true));
    }

    /// <summary>A host has crashed: whoever waits for its answer is told by its operating system, where a way is left.</summary>
    public void Reset(SimulatedHost host)
    {
        foreach (Call call in _open.Where(call => call.To == host && !network.IsCut(host, call.From)).ToArray())
        {
            network.After(network.DrawDelay(), call.From, () => Fail(call, isTimeout: false));
        }

        _open.RemoveAll(call => call.From == host);
    }

    private void Fail(Call call, bool isTimeout)
    {
        if (_open.Remove(call))
        {
            call.OnFailure(isTimeout);
        }
    }

    private sealed record Call(SimulatedHost From, SimulatedHost To, Action<bool> OnFailure);
}
