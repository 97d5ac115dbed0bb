#pragma warning disable CA5394 // seeded on purpose: a run is repeated from its number
namespace Rowen.Fabric.Simulated;

/// <summary>Hosts, their clocks and the messages between them: one thread, one seed, one queue of events.</summary>
/// <remarks>
/// The same seed and the same calls give the same run. Time passes only in <see cref="Step"/> and <see cref="RunUntil"/>.
/// Thread safety: one thread.
/// </remarks>
public sealed class SimulatedNetwork
{
    private readonly PriorityQueue<Occurrence, (long At, long Number)> _events = new();
    private readonly List<SimulatedHost> _hosts = [];
    private readonly HashSet<(int From, int To)> _cuts = [];
    private long _lastNumber;

    /// <summary>Creates a network without hosts.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    public SimulatedNetwork(int seed) => Random = new Random(seed);

    /// <summary>The true time since the start.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>The one source of chance.</summary>
    public Random Random { get; }

    /// <summary>What happens to messages that are sent from now on.</summary>
    public NetworkConditions Conditions { get; set; } = NetworkConditions.Lossless;

    /// <summary>Whether a poll of a simulated endpoint that has nothing lets the next event happen.</summary>
    public bool AdvancesOnPoll { get; set; }

    /// <summary>Adds a machine.</summary>
    /// <param name="name">For people.</param>
    /// <param name="clockRate">How fast its clock runs; 1.01 gains a second in a hundred.</param>
    /// <param name="clockOffset">What its clock shows at the start.</param>
    public SimulatedHost AddHost(string name, double clockRate = 1, TimeSpan clockOffset = default)
    {
        var host = new SimulatedHost(this, _hosts.Count, name, clockRate, clockOffset);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Lets something happen later, unless the host it happens on goes down before.</summary>
    /// <param name="delay">After how much true time.</param>
    /// <param name="host">Where it happens; null: outside of all hosts, where nothing goes down.</param>
    /// <param name="action">What happens.</param>
    public void After(TimeSpan delay, SimulatedHost? host, Action action) => _events.Enqueue(
        new Occurrence(host, host?.Incarnation ?? 0, action), ((Now + delay).Ticks, ++_lastNumber));

    /// <summary>Sends a message: it arrives later, or never.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver, in the life that it has now.</param>
    /// <param name="arrive">Happens at the receiver.</param>
    /// <returns>False if it is already known to be lost: no sender may look at this, but a test may.</returns>
    public bool Send(SimulatedHost from, SimulatedHost to, Action arrive)
    {
        if (!from.IsUp || !to.IsUp || IsCut(from, to) || Random.NextDouble() < Conditions.LossRate)
        {
            return false;
        }

        After(DrawDelay(), to, arrive);
        return true;
    }

    /// <summary>How long a message takes under the present conditions.</summary>
    public TimeSpan DrawDelay()
    {
        double share = Random.NextDouble();
        TimeSpan delay = Conditions.MinDelay + ((Conditions.MaxDelay - Conditions.MinDelay) * share);
        return Random.NextDouble() < Conditions.LateRate ? delay + (Conditions.MaxLateness * Random.NextDouble()) : delay;
    }

    /// <summary>Lets nothing more through in one direction. What is under way arrives.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    public void Cut(SimulatedHost from, SimulatedHost to) => _cuts.Add((from.Index, to.Index));

    /// <summary>Lets messages through again in one direction.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    public void Mend(SimulatedHost from, SimulatedHost to) => _cuts.Remove((from.Index, to.Index));

    /// <summary>Mends everything.</summary>
    public void Heal() => _cuts.Clear();

    /// <summary>Whether nothing gets through in one direction.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    public bool IsCut(SimulatedHost from, SimulatedHost to) => _cuts.Contains((from.Index, to.Index));

    /// <summary>Lets the next event happen.</summary>
    /// <returns>False if there is none.</returns>
    public bool Step()
    {
        if (!_events.TryDequeue(out Occurrence next, out (long At, long Number) when))
        {
            return false;
        }

        Now = TimeSpan.FromTicks(when.At);
        if (next.Host is null || (next.Host.IsUp && next.Host.Incarnation == next.Incarnation))
        {
            next.Action();
        }

        return true;
    }

    /// <summary>Lets everything happen that is due until a moment, and moves the clock there.</summary>
    /// <param name="until">The moment.</param>
    public void RunUntil(TimeSpan until)
    {
        while (_events.TryPeek(out _, out (long At, long Number) when) && when.At <= until.Ticks)
        {
            Step();
        }

        Now = until > Now ? until : Now;
    }

    private readonly record struct Occurrence(SimulatedHost? Host, int Incarnation, Action Action);
}
