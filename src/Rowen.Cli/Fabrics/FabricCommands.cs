using System.CommandLine;
using System.Net;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Fabrics;

/// <summary>The verbs under <c>rowen fabric</c>.</summary>
internal static class FabricCommands
{
    private static readonly Option<string?> Peer = new("--peer")
    {
        Description = "IP address and port at which `rowen fabric serve` listens on the other machine. Otherwise both ends are here.",
        HelpName = "IP:PORT",
    };

    private static readonly Option<string?> Secret = new("--secret")
    {
        Description = "The file that both machines must have. Otherwise ~/.rowen/fabric.secret, which `serve` makes.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Brief = new("--brief")
    {
        Description = "Only meet and play a short ping-pong, over what leases would take by themselves. Nobody is killed.",
    };

    private static readonly Option<int?> Seconds = new("--seconds")
    {
        Description = "End after so many seconds. Otherwise with Ctrl-C.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, least: 1, most: 86_400),
    };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "IP address of this machine, and a port (0 for any), at which to be reached.",
        HelpName = "IP:PORT",
        Required = true,
    };

    public static Command Create()
    {
        var fabric = new Command("fabric", "Tries out the fabrics of this machine, alone or with another one.");
        fabric.Subcommands.Add(CreateCheck());
        fabric.Subcommands.Add(CreateServe());
        fabric.Subcommands.Add(RespondVerb.Create());
        return fabric;
    }

    private static VerbCommand CreateCheck() => new VerbCommand(
        "check",
        "Tries every fabric: what libfabric has, a probe write, ping-pong, and how soon the death of the other end is seen.",
        "rowen fabric check",
        "rowen fabric check --peer 10.0.0.6:7600",
        "rowen fabric check --output json > fabric.json     # to send along with a report")
        .With(Peer).With(Secret).With(Brief)
        .Runs(CheckAsync);

    private static VerbCommand CreateServe() => new VerbCommand(
        "serve",
        "Is the other end of `rowen fabric check --peer` until Ctrl-C. Serves only those who have its secret file.",
        "rowen fabric serve --listen 10.0.0.6:7600")
        .With(Listen).With(Secret).With(Seconds)
        .Runs(ServeAsync);

    private static async Task<int> CheckAsync(VerbRun run, CancellationToken cancellationToken)
    {
        IPEndPoint? peer = run.Get(Peer) is { } text ? ParseAddress(text, "--peer", minPort: 1) : null;
        byte[] secret = peer is null ? [] : FabricSecret.Read(run.Get(Secret) ?? FabricSecret.DefaultPath);
        var check = new FabricCheck(peer, secret, run.Get(Brief), what => run.Error.WriteLine($"trying {what} ..."));
        FabricVerdict verdict = await Task.Factory.StartNew(
            () => check.Run(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (run.IsJson)
        {
            run.WriteJson(verdict, FabricJson.Default.FabricVerdict);
        }
        else
        {
            FabricPages.Write(run.Out, run.IsTerminal, verdict);
        }

        return verdict.Findings.All(finding => finding.IsGood) ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<int> ServeAsync(VerbRun run, CancellationToken cancellationToken)
    {
        IPEndPoint address = ParseAddress(run.Get(Listen)!, "--listen", minPort: 0);
        string file = Path.GetFullPath(run.Get(Secret) ?? FabricSecret.DefaultPath);
        using var server = new TrialServer(address, FabricSecret.ReadOrCreate(file), run.Error.WriteLine);
        if (run.IsJson)
        {
            run.WriteJson(new ServeAnswer(server.Address.ToString(), file), FabricJson.Default.ServeAnswer);
        }
        else
        {
            run.WriteLine($"Serving at {server.Address} until Ctrl-C. On the other machine, with {file}:");
            run.WriteLine($"  rowen fabric check --peer {server.Address}");
        }

        using var bound = new CancellationTokenSource(
            run.Get(Seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        await server.RunAsync(either.Token);
        return ExitCode.Done;
    }

    private static IPEndPoint ParseAddress(string text, string option, int minPort) =>
        IPEndPoint.TryParse(text, out IPEndPoint? address) && address.Port >= minPort && text.Contains(':', StringComparison.Ordinal)
        && !address.Address.Equals(IPAddress.Any) && !address.Address.Equals(IPAddress.IPv6Any)
            ? address
            : throw new ArgumentException($"{option} takes one IP address and a port, such as 10.0.0.6:7600; '{text}' is none.");
}
