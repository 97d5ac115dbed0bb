using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Finds out whether a job on one node reaches a job on another: two jobs of one core each try it, and are gone a moment later.</summary>
/// <remarks>Calls of Slurm: two of <c>scontrol show</c>, two of <c>sbatch</c>, one of <c>scancel</c>; one of <c>squeue</c> if a job does not begin.</remarks>
/// <param name="question">Where pilots would be submitted.</param>
/// <param name="program">The program, and the first arguments, that tries fabrics: <c>fabric serve</c> and <c>fabric check</c> are added.</param>
/// <param name="folder">An empty folder of this user alone that the nodes see.</param>
/// <param name="time">For bounds.</param>
public sealed class SlurmReach(SlurmQuestion question, IReadOnlyList<string> program, string folder, TimeProvider time)
{
    private const string Name = "reachability";
    private const int ServeSeconds = 180;

    /// <summary>An idle node begins a job within seconds. More only says that it does not.</summary>
    private static readonly TimeSpan JobBound = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>Tries. Takes seconds where nodes are idle; at most three minutes.</summary>
    /// <param name="cancellationToken">Stops it; the jobs are taken back all the same.</param>
    /// <returns>What came of it; that it could not be tried is a finding, too.</returns>
    public async Task<SlurmFinding> TryAsync(CancellationToken cancellationToken)
    {
        List<string> jobs = [];
        try
        {
            SlurmRecord[] idle = await FindIdleAsync(cancellationToken);
            return idle.Length < 2
                ? new SlurmFinding(Name, SlurmFinding.Hint, string.Create(CultureInfo.InvariantCulture, $"Two idle nodes are needed to try whether jobs reach each other; {idle.Length} is idle now."), "Try again when two are: nothing is waited for.")
                : await TryAsync(idle[0], idle[1], jobs, cancellationToken);
        }
        catch (Exception exception) when (exception is RowenException or SocketException or IOException or UnauthorizedAccessException)
        {
            return new SlurmFinding(Name, SlurmFinding.Problem, $"Whether jobs reach each other could not be tried: {exception.Message}", "The jobs are named rowen-doctor; their output was in the folder of the cluster file, which all nodes must see (--cluster).");
        }
        finally
        {
            await CancelAsync(jobs);
        }
    }

    private async Task<SlurmFinding> TryAsync(SlurmRecord first, SlurmRecord second, List<string> jobs, CancellationToken cancellationToken)
    {
        string secret = Path.Combine(folder, "secret");
        string address = new IPEndPoint(await ResolveAsync(first["NodeAddr"], cancellationToken), 0).ToString();
        string serving = await SubmitAsync(first, "serve", ["--listen", address, "--secret", secret, "--seconds", ServeSeconds.ToString(CultureInfo.InvariantCulture)], jobs, cancellationToken);
        NodeTrial server = await AwaitAsync(serving, jobs[0], cancellationToken);
        string checking = await SubmitAsync(second, "check", ["--brief", "--peer", server.Address ?? string.Empty, "--secret", secret], jobs, cancellationToken);
        return Judge(first["NodeName"], second["NodeName"], await AwaitAsync(checking, jobs[1], cancellationToken));
    }

    private static SlurmFinding Judge(string to, string from, NodeTrial trial)
    {
        FabricReach? chosen = trial.Findings.FirstOrDefault(finding => finding.Fabric == trial.Chosen);
        string slower = trial.WhyNotFaster.Count == 0 ? string.Empty : $" Not faster, because: {string.Join("; ", trial.WhyNotFaster)}.";
        return chosen is null
            ? new SlurmFinding(Name, SlurmFinding.Problem, $"A job on {from} does not reach one on {to}: {trial.Problem ?? string.Join("; ", trial.WhyNotFaster)}.",
                "Leases need ports of the system's choice between compute nodes: open them for jobs (firewall, network namespaces of jobs).")
            : new SlurmFinding(Name, SlurmFinding.Fine, string.Create(
                CultureInfo.InvariantCulture, $"A job on {from} reaches one on {to} over {chosen.Fabric}; a round of 8 bytes takes {chosen.Hot8Us:0.#} us.{slower}"));
    }

    private async Task<SlurmRecord[]> FindIdleAsync(CancellationToken cancellationToken)
    {
        string partitions = await SlurmCommand.RunAsync("scontrol", ["--oneliner", "show", "partitions"], string.Empty, cancellationToken);
        string nodes = await SlurmCommand.RunAsync("scontrol", ["--oneliner", "show", "nodes"], string.Empty, cancellationToken);
        var facts = SlurmFacts.Read(string.Empty, partitions, nodes);
        return facts.PartitionOrNone(question.Partition) is { } partition
            ? [.. facts.NodesOf(partition["PartitionName"]).Where(node => node["State"] == "IDLE")]
            : throw new RowenException(ErrorCode.BatchSystemFailed, "there is no such partition");
    }

    private static async Task<IPAddress> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(name, cancellationToken);
        return addresses.FirstOrDefault(each => each.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
    }

    /// <returns>The file that its output goes to.</returns>
    private async Task<string> SubmitAsync(
        SlurmRecord node, string verb, IReadOnlyList<string> arguments, List<string> jobs, CancellationToken cancellationToken)
    {
        string output = Path.Combine(folder, verb);
        string[] partition = question.Partition is null ? [] : [$"--partition={question.Partition}"];
        string[] command = [.. program, "fabric", verb, .. arguments, "--output", "json"];
        string script = $"#!/bin/sh\n# Tries whether jobs reach each other, for `rowen doctor --slurm --try-jobs`.\nexport DOTNET_EnableDiagnostics=0\nexec {string.Join(' ', command.Select(ShellWord.Of))}\n";
        string answer = await SlurmCommand.RunAsync(
            "sbatch",
            [
                "--parsable", "--job-name=rowen-doctor", "--comment=rowen:doctor", "--nodes=1", "--ntasks=1", "--cpus-per-task=1", "--mem=512M", "--time=5",
                "--no-requeue", "--chdir=/", $"--nodelist={node["NodeName"]}", $"--output={output}", $"--error={output}.log", .. partition,
            ],
            script,
            cancellationToken);
        jobs.Add(SlurmText.ReadJobOrNone(answer) ?? throw new RowenException(ErrorCode.BatchSystemFailed, "sbatch took a job but named none."));
        return output;
    }

    /// <summary>What a job says: JSON, whose last line is a brace.</summary>
    private async Task<NodeTrial> AwaitAsync(string output, string job, CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        while (time.GetElapsedTime(startedAt) < JobBound)
        {
            string said = File.Exists(output) ? await File.ReadAllTextAsync(output, cancellationToken) : string.Empty;
            if (said.TrimEnd().EndsWith("\n}", StringComparison.Ordinal) && ProtocolJson.TryRead(Encoding.UTF8.GetBytes(said), out NodeTrial trial))
            {
                return trial;
            }

            await Task.Delay(LookPeriod, time, cancellationToken);
        }

        string state = await SlurmCommand.RunAsync("squeue", ["--noheader", "--states=all", $"--jobs={job}", "--format=%T (%r)"], string.Empty, cancellationToken);
        string complaint = File.Exists($"{output}.log") ? (await File.ReadAllLinesAsync($"{output}.log", cancellationToken)).LastOrDefault() ?? string.Empty : string.Empty;
        throw new RowenException(
            ErrorCode.BatchSystemFailed,
            string.Create(CultureInfo.InvariantCulture, $"job {job} said nothing within {JobBound.TotalSeconds} s; Slurm calls it {state.Trim()}. {complaint}").TrimEnd());
    }

    private static async Task CancelAsync(List<string> jobs)
    {
        if (jobs.Count == 0)
        {
            return;
        }

        try
        {
            await SlurmCommand.RunAsync("scancel", ["--quiet", .. jobs], string.Empty, CancellationToken.None);
        }
        catch (RowenException)
        {
            // They end by themselves within five minutes.
        }
    }
}
