using System.Net;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Fabrics;

/// <summary>Tries every fabric between this process and another one, here or on another machine.</summary>
/// <param name="peer">Where <c>rowen fabric serve</c> listens; null for a process of this machine.</param>
/// <param name="secret">What both machines know; empty without a peer.</param>
/// <param name="isBrief">Whether only what lanes would take by themselves is tried, with a short ping-pong, and nobody is killed.</param>
/// <param name="say">Hears what is being tried.</param>
internal sealed class FabricCheck(IPEndPoint? peer, byte[] secret, bool isBrief, Action<string> say)
{
    private const int InFlight = 8;
    private const int PlaceBytes = 1 << 20;
    private const int StreamCount = 64;
    private const int WarmBytes = 8;

    private static readonly TimeSpan LossBoundHere = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LossBoundThere = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxLossWait = TimeSpan.FromSeconds(10);

    /// <summary>Everything. Blocks for some seconds; on a thread of its own.</summary>
    /// <exception cref="IOException">The peer cannot be reached, or is not who it should be.</exception>
    public FabricVerdict Run(CancellationToken cancellationToken)
    {
        IPAddress localAddress = FindLocalAddress();
        var inventory = LibfabricInventory.Read(localAddress);
        List<FabricFinding> findings = [];
        foreach (FabricChoice choice in Choices(inventory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            say(choice.ToString());
            findings.Add(Try(choice));
        }

        FabricFinding? chosen = findings.FirstOrDefault(finding => finding is { IsGood: true, IsTakenUnasked: true });
        return new FabricVerdict(
            Environment.MachineName, peer?.ToString(), inventory, FastNetworks.FindDevices(), findings, chosen?.Fabric, WhyNotFaster(inventory, findings, chosen));
    }

    /// <summary>Fastest first: shared memory, networks with adapters of their own, TCP; libfabric over TCP is for tests.</summary>
    private List<FabricChoice> Choices(LibfabricInventory inventory)
    {
        List<FabricChoice> choices = peer is null ? [FabricChoice.SharedMemory] : [];
        if (isBrief)
        {
            choices.AddRange(inventory.Providers.Where(each => each is { IsUsed: true, IsHardware: true }).Select(each => new FabricChoice("ofi", each.Name)));
            return [.. choices, FabricChoice.Tcp];
        }

        choices.AddRange(inventory.Providers.Where(each => each is { IsUsed: true, IsHardware: true }).SelectMany(OfLibfabric));
        choices.Add(FabricChoice.Tcp);
        choices.AddRange(inventory.Providers.Where(each => each is { IsUsed: true, IsHardware: false }).SelectMany(OfLibfabric));
        return choices;
    }

    /// <summary>Whether lanes may take it although nobody asks for it by name: libfabric only over adapters, and as its probe decides.</summary>
    private static bool IsTakenUnasked(FabricChoice choice) =>
        choice.Libfabric is not { } name || (LibfabricInventory.IsHardware(name) && choice.Strategy == OfiStrategy.None);

    private static IEnumerable<FabricChoice> OfLibfabric(LibfabricNetwork network) =>
        [new("ofi", network.Name), new("ofi", network.Name, OfiStrategy.Message)];

    private List<string> WhyNotFaster(LibfabricInventory inventory, List<FabricFinding> findings, FabricFinding? chosen)
    {
        List<string> reasons = peer is null ? [] : ["shm: the other end is on another machine"];
        reasons.AddRange(findings.TakeWhile(finding => finding != chosen).Where(finding => finding.Problem is not null)
            .Select(finding => $"{finding.Fabric}: {finding.Problem}"));
        if (chosen?.Fabric == FabricChoice.Tcp.Provider && !inventory.HasFastNetwork)
        {
            reasons.Add($"ofi: {inventory.Problem ?? "libfabric has no network here that is faster than TCP"}");
        }

        return reasons;
    }

    private IPAddress FindLocalAddress()
    {
        if (peer is null)
        {
            return IPAddress.Loopback;
        }

        using var link = PeerLink.Open(peer, secret);
        return link.LocalAddress;
    }

    private FabricFinding Try(FabricChoice choice)
    {
        TimeSpan bound = peer is null ? LossBoundHere : LossBoundThere;
        var finding = new FabricFinding { Fabric = choice.ToString(), PeerLossBoundMs = bound.TotalMilliseconds, IsBrief = isBrief, IsTakenUnasked = IsTakenUnasked(choice) };
        try
        {
            (ResponderLink link, IPAddress localAddress) = OpenLink();
            using var trial = FabricTrial.Begin(link, choice, localAddress, InFlight, PlaceBytes);
            return Measure(trial, finding);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or InvalidDataException)
        {
            return finding with { Problem = exception.Message };
        }
    }

    private (ResponderLink Link, IPAddress LocalAddress) OpenLink()
    {
        if (peer is null)
        {
            return (new ResponderProcess(IPAddress.Loopback, core: null), IPAddress.Loopback);
        }

        var link = PeerLink.Open(peer, secret);
        return (link, link.LocalAddress);
    }

    private static FabricFinding Measure(FabricTrial trial, FabricFinding finding)
    {
        finding = finding with
        {
            Connection = trial.Description,
            PeerConnection = trial.PeerDescription,
            MeetingMs = Math.Round(trial.MeetingTime.TotalMilliseconds, 2),
            Hot8Us = PingPong(trial, 8, new RoundPlan(500, 50, 20, 1, TimeSpan.Zero)),
        };
        if (finding.IsBrief)
        {
            return finding;
        }

        finding = finding with
        {
            Hot1KiUs = PingPong(trial, 1024, new RoundPlan(500, 50, 20, 1, TimeSpan.Zero)),
            Hot1MiUs = PingPong(trial, PlaceBytes, new RoundPlan(20, 20, 2, 1, TimeSpan.Zero)),
            Warm8Us = PingPong(trial, WarmBytes, RoundPlan.Paused(50, FloorSet.WarmPause)),
            GigabytesPerSecond = Math.Round(PlaceBytes / trial.Stream(PlaceBytes, StreamCount, InFlight) / 1000, 3),
        };
        TimeSpan? loss = trial.KillPeer(MaxLossWait);
        return loss is { } seen
            ? finding with { PeerLossMs = Math.Round(seen.TotalMilliseconds, 2) }
            : finding with { Problem = $"the other process was killed, and {MaxLossWait.TotalSeconds} s later this end did not know" };
    }

    private static double PingPong(FabricTrial trial, int bytes, RoundPlan plan)
    {
        byte[] input = new byte[bytes];
        input.AsSpan().Fill(0xA5);
        return new FabricPath(trial, isHot: plan.Pause == TimeSpan.Zero).Measure(plan, input, new byte[bytes]).MedianUs;
    }
}
