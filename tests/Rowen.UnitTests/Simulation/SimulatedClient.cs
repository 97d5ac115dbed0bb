using Rowen.Fabric.Simulated;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Leases;

namespace Rowen.UnitTests.Simulation;

/// <summary>Asks for leases one after the other, keeps each for a while, and gives it back, or vanishes.</summary>
internal sealed class SimulatedClient
{
    private const long MostLentBytes = 8L << 30; // half of a node: often it must wait, sometimes behind others

    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(400);

    private readonly ControlPlaneSimulation _simulation;
    private readonly TimeSpan _closingAt;
    private LeaseId _lease;
    private LeaseAsk _ask = new();
    private LeaseView? _newest;
    private TimeSpan _renewAt;
    private TimeSpan _letGoAt;
    private bool _isLettingGo;
    private bool _isVanishing;

    public SimulatedClient(ControlPlaneSimulation simulation, SimulatedHost host, TimeSpan closingAt)
    {
        _simulation = simulation;
        _closingAt = closingAt;
        Host = host;
        Next();
    }

    public SimulatedHost Host { get; }

    private SimulatedNetwork Network => _simulation.Network;

    private bool IsClosing => Network.Now >= _closingAt;

    private void Next()
    {
        _lease = default;
        _newest = null;
        Network.After(TimeSpan.FromMilliseconds(_simulation.Random.Next(20, 1500)), Host, Ask);
    }

    private void Ask()
    {
        if (IsClosing)
        {
            return;
        }

        bool isForMemory = _simulation.Random.Next(3) == 0;
        int nodes = _simulation.Random.Next(4) == 0 ? _simulation.Random.Next(2, 4) : 1;
        var ask = new LeaseAsk
        {
            Kind = isForMemory ? LeaseKind.Memory : LeaseKind.Cores,
            Cores = isForMemory || _simulation.Random.Next(20) == 0 ? 0 : _simulation.Random.Next(1, 5),
            MemoryBytes = isForMemory ? MemoryLending.OverheadBytes + _simulation.Random.NextInt64(1, MostLentBytes) : 0,
            NotOn = isForMemory && _simulation.Random.Next(3) == 0 ? [new NodeId((uint)_simulation.Random.Next(1, 4))] : [],
            Nodes = nodes,
            AtLeast = _simulation.Random.Next(nodes + 1),
            DurationMs = _simulation.Random.Next(2000, 7000),
            MayWait = _simulation.Random.Next(5) != 0,
            MaxWaitMs = _simulation.Random.Next(3000, 15_000),
            Client = Host.Name,
        };
        _ask = ask;
        _isLettingGo = false;
        _isVanishing = _simulation.Random.Next(8) == 0;
        _letGoAt = Network.Now + TimeSpan.FromMilliseconds(_simulation.Random.Next(500, 9000));
        Call("a request", answer => _simulation.Manager.Request(ask, answer), Began, Next);
    }

    private void Began(LeaseAnswer answer)
    {
        if (answer.View is not { } view)
        {
            Next();
            return;
        }

        _lease = view.Id;
        _simulation.Acknowledged(view);
        See(view);
        ScheduleRenewal(view);
        Poll();
    }

    private void Poll()
    {
        LeaseId lease = _lease; // what is under way is about this one, whatever comes next
        if (_newest!.State == LeaseState.Ended)
        {
            Next();
            return;
        }

        if (Network.Now >= _letGoAt || IsClosing)
        {
            LetGo();
        }
        else if (Network.Now >= _renewAt)
        {
            Call("a renewal", answer => _simulation.Manager.Renew(lease, answer), Renewed, PollLater);
        }
        else
        {
            Call("a question", answer => _simulation.Manager.Find(lease, answer), Answered, PollLater);
        }
    }

    private void LetGo()
    {
        LeaseId lease = _lease;
        if (_isVanishing)
        {
            _simulation.Log($"{Host} forgets {_lease}");
            Next();
            return;
        }

        if (!_isLettingGo && _simulation.Random.Next(6) == 0)
        {
            _isLettingGo = true;
            _simulation.Revoked(_lease);
            var ask = new RevokeAsk(_simulation.Random.Next(3) * 500, "the simulation wants it");
            Network.Send(Host, _simulation.Manager.Host, () => _simulation.Manager.Revoke(lease, ask));
            PollLater();
            return;
        }

        _isLettingGo = true;
        _simulation.Released(_lease);
        Call("a release", answer => _simulation.Manager.Release(lease, answer), Answered, PollLater);
    }

    private void Renewed(LeaseAnswer answer)
    {
        LeaseId lease = _lease;
        if (answer.View is { } view)
        {
            ScheduleRenewal(view);
            See(view);
            PollLater();
        }
        else
        {
            _simulation.CheckRenewalRefusal(_lease, answer.Error!);
            Call("a question", again => _simulation.Manager.Find(lease, again), Answered, PollLater);
        }
    }

    private void Answered(LeaseAnswer answer)
    {
        if (answer.View is not { } view)
        {
            throw _simulation.Fail($"{_lease} was acknowledged, and is not known any more: {answer.Error}");
        }

        See(view);
        PollLater();
    }

    private void PollLater() => Network.After(PollPeriod, Host, Poll);

    private void ScheduleRenewal(LeaseView view) => _renewAt = Network.Now + TimeSpan.FromMilliseconds(view.DurationMs / 3.0);

    /// <summary>Answers may overtake each other; the version tells.</summary>
    private void See(LeaseView view)
    {
        if (_newest is not null && view.Version < _newest.Version)
        {
            return;
        }

        if (_newest is { State: LeaseState.Ended } && view.State != LeaseState.Ended)
        {
            throw _simulation.Fail($"{view.Id} was told to be over, and is {view.State} again");
        }

        bool wasRestarted = _newest is not null && view.Version >> 32 != _newest.Version >> 32; // Active is not saved
        if (_newest is not null && view.State < _newest.State && !wasRestarted)
        {
            throw _simulation.Fail($"{view.Id} went from {_newest.State} back to {view.State}");
        }

        if (view.Kind != _ask.Kind || _ask.Avoids(view.Node))
        {
            throw _simulation.Fail($"{view.Id} is a lease on {view.Kind} on {view.Node}; asked for was one on {_ask.Kind}, not on {string.Join(", ", _ask.NotOn ?? [])}");
        }

        if (view.Node != default && (view.Group?.Count ?? 1) is int count && (count < _ask.MinNodes() || count > _ask.Nodes))
        {
            throw _simulation.Fail($"{view.Id} was granted with {count} nodes; asked for were {_ask.MinNodes()} to {_ask.Nodes}");
        }

        _newest = view;
    }

    private void Call(string what, Action<Action<LeaseAnswer>> serve, Action<LeaseAnswer> onAnswer, Action onFailure)
    {
        TimeSpan askedAt = Network.Now;
        _simulation.Calls.Ask(Host, _simulation.Manager.Host, serve, onAnswer, _ =>
        {
            _simulation.CheckUnanswered(what, askedAt);
            onFailure();
        });
    }
}
