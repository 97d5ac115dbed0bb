using System.Text;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Verbs;

/// <summary>Shows what functions print on a lease: with each look, what is new.</summary>
internal sealed class LeaseLog(VerbRun run, ManagerClient manager, LeaseId lease, string stream)
{
    private readonly LogTail _tail = new();

    /// <summary>Shows what has come; to programs, all of it.</summary>
    /// <returns>Whether nothing more will come: the lease has ended.</returns>
    public async Task<bool> ShowNewAsync(CancellationToken cancellationToken)
    {
        // The state first: what was printed before the end is in the log that is read after it.
        bool hasEnded = (await manager.GetLeaseAsync(lease, cancellationToken)).State == LeaseState.Ended;
        using var log = new MemoryStream();
        await manager.CopyLogAsync(lease, stream, log, cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(new LogAnswer(lease.ToString(), stream, Encoding.UTF8.GetString(log.ToArray())), CliJson.Default.LogAnswer);
        }
        else
        {
            await VerbRun.WriteBytesAsync(_tail.TakeNew(log.ToArray()), cancellationToken);
        }

        return hasEnded;
    }
}
