using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen logs L7</c>.</summary>
internal static class LogsVerb
{
    // Half a second: a person does not notice, and the manager relays two requests a second.
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<LeaseId> Lease = new("LEASE")
    {
        Description = "The lease, such as L7.",
        CustomParser = result =>
        {
            if (!LeaseId.TryParse(result.Tokens[0].Value, provider: null, out LeaseId lease))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no lease: leases look like L7 (see `rowen leases --all`).");
            }

            return lease;
        },
    };

    private static readonly Option<string> Stream = CreateStream();

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Goes on until the lease ends, or Ctrl-C." };

    public static VerbCommand Create() => new VerbCommand(
        "logs", "Shows what the functions of a lease have printed.", "rowen logs L7", "rowen logs L7 --stream err", "rowen logs L7 -f")
        .WithCluster()
        .With(Lease)
        .With(Stream)
        .With(Follow)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        LeaseId lease = run.Get(Lease);
        if (run.IsJson)
        {
            var answer = new LogAnswer(lease.ToString(), run.Get(Stream)!, System.Text.Encoding.UTF8.GetString(await ReadAsync(run, manager, cancellationToken)));
            run.WriteJson(answer, CliJson.Default.LogAnswer);
            return ExitCode.Done;
        }

        var tail = new LogTail();
        while (true)
        {
            // The state first: what was printed before the end is in the log that is read after it.
            bool hasEnded = (await manager.GetLeaseAsync(lease, cancellationToken)).State == LeaseState.Ended;
            await VerbRun.WriteBytesAsync(tail.TakeNew(await ReadAsync(run, manager, cancellationToken)), cancellationToken);
            if (hasEnded || !run.Get(Follow))
            {
                return ExitCode.Done;
            }

            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<byte[]> ReadAsync(VerbRun run, ManagerClient manager, CancellationToken cancellationToken)
    {
        using var log = new MemoryStream();
        await manager.CopyLogAsync(run.Get(Lease), run.Get(Stream)!, log, cancellationToken);
        return log.ToArray();
    }

    private static Option<string> CreateStream()
    {
        Option<string> stream = new("--stream")
        {
            Description = "out or err.",
            DefaultValueFactory = _ => "out",
            HelpName = "out|err",
        };
        stream.AcceptOnlyFromAmong("out", "err");
        return stream;
    }
}
