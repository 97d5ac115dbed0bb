using System.Diagnostics;
using System.Globalization;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <content>What Slurm's own commands do and say; these calls are not counted.</content>
public sealed partial class SlurmLab
{
    /// <summary>Runs one of Slurm's commands, or any other program that is to find this Slurm, as root.</summary>
    internal Task<Finished> RunAsync(string program, params IEnumerable<string> arguments) => FinishAsync(program, arguments);

    /// <summary>The same as one of the lab's users, with a home of his own.</summary>
    internal Task<Finished> RunAsAsync(string user, string program, params IEnumerable<string> arguments) =>
        FinishAsync(Path.Combine(Folder, "bin", "as"), [user, program, .. arguments]);

    /// <summary>How to start a program that finds this Slurm through the commands that count; its outputs and its input are redirected.</summary>
    /// <param name="user">Null for root.</param>
    /// <param name="program">Its path, or its name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    public ProcessStartInfo StartInfo(string? user, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = user is null ? new(program, arguments) : new(Path.Combine(Folder, "bin", "as"), [user, program, .. arguments]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.WorkingDirectory = SharedFolder;
        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>How to start a program inside a node, as root.</summary>
    public ProcessStartInfo StartInfoInNode(string node, string program, params IEnumerable<string> arguments) => StartInfo(
        null, "nsenter", ["--target", FirstProcessOf(node).ToString(CultureInfo.InvariantCulture), "--net", "--uts", "--ipc", "--mount", "--pid", program, .. arguments]);

    /// <summary>Runs a program in a node to its end.</summary>
    internal async Task<Finished> RunInNodeAsync(string node, string program, params IEnumerable<string> arguments)
    {
        using Process process = Process.Start(StartInfoInNode(node, program, arguments))!;
        process.StandardInput.Close();
        return await Finished.OfAsync(process, Patience);
    }

    /// <summary>Submits a batch job that runs one command of the shell.</summary>
    /// <param name="command">For instance <c>srun sleep 100</c>.</param>
    /// <param name="options">Of sbatch's; without <c>--output</c> its output is lost.</param>
    /// <param name="user">Null for root.</param>
    /// <returns>The job's number.</returns>
    public async Task<int> SubmitAsync(string command, IEnumerable<string> options, string? user = null)
    {
        string[] arguments = ["--parsable", "--output=/dev/null", .. options, "--wrap", command];
        Finished finished = user is null ? await RunAsync("sbatch", arguments) : await RunAsAsync(user, "sbatch", arguments);
        finished.AssertDone();
        return int.Parse(finished.Output, CultureInfo.InvariantCulture);
    }

    /// <summary>Everybody's jobs that have not ended.</summary>
    public async Task<IReadOnlyList<SlurmJob>> QueueAsync()
    {
        Finished finished = await RunAsync("squeue", "--noheader", "--format=%i|%j|%u|%P|%T|%r|%N|%k");
        finished.AssertDone();
        return [.. finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|', 8)).Select(parts => new SlurmJob(
            int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]))];
    }

    /// <summary>RUNNING, COMPLETED, PREEMPTED and so on, for some minutes after a job's end too.</summary>
    public async Task<string> StateOfJobAsync(int job) =>
        await FieldAsync("JobState", "show", "job", "--oneliner", job.ToString(CultureInfo.InvariantCulture));

    /// <summary>IDLE, MIXED, ALLOCATED, DOWN, with <c>+DRAIN</c>, <c>*</c> (does not respond) and so on behind it.</summary>
    public Task<string> StateOfNodeAsync(string node) => FieldAsync("State", "show", "node", "--oneliner", node);

    /// <summary>Waits until a job is in one of these states.</summary>
    public async Task UntilJobAsync(int job, params string[] states)
    {
        try
        {
            await Until.TrueAsync(
                async () => await StateOfJobAsync(job) is { } state && states.Contains(state, StringComparer.Ordinal),
                Patience,
                $"job {job} is {string.Join(" or ", states)}",
                pauseMs: 50);
        }
        catch (Xunit.Sdk.XunitException exception)
        {
            throw new InvalidOperationException($"{exception.Message}; Slurm says:\n{await DescribeAsync(job)}", exception);
        }
    }

    /// <summary>What may explain why a job is not where it should be.</summary>
    private async Task<string> DescribeAsync(int job)
    {
        Finished queue = await RunAsync("squeue", "--states=all");
        Finished nodes = await RunAsync("sinfo", "--Node", "--long");
        Finished details = await RunAsync("scontrol", "show", "job", job.ToString(CultureInfo.InvariantCulture));
        IEnumerable<string> log = File.ReadLines(Path.Combine(Folder, "log", "slurmctld.log")).TakeLast(60);
        return $"{queue.Output}{nodes.Output}{details.Output}{string.Join('\n', log)}";
    }

    /// <summary>Waits until a node's state begins with this.</summary>
    public Task UntilNodeAsync(string node, string state) => Until.TrueAsync(
        async () => (await StateOfNodeAsync(node)).StartsWith(state, StringComparison.Ordinal), Patience, $"node {node} is {state}", pauseMs: 50);

    /// <summary>Waits until no job is left and every node is idle.</summary>
    public Task UntilIdleAsync() => Until.TrueAsync(IsIdleAsync, Patience, "every node is idle", pauseMs: 50);

    /// <summary>Waits until slurmctld has saved a job as it now is; it does so every five seconds if something changed.</summary>
    public async Task UntilSavedAsync(int job)
    {
        (await RunAsync("scontrol", "update", string.Create(CultureInfo.InvariantCulture, $"jobid={job}"), "admincomment=saved")).AssertDone();
        DateTime now = DateTime.UtcNow;
        await Until.TrueAsync(() => File.GetLastWriteTimeUtc(Path.Combine(Folder, "state", "job_state")) > now, Patience, "slurmctld saved its jobs", pauseMs: 50);
    }

    /// <summary>Processes inside a node, by the numbers that this machine gives them; none if it is dead. Among them slurmd and what belongs to the lab.</summary>
    public IReadOnlyList<int> ProcessesOf(string node)
    {
        string file = Path.Combine(Folder, "nodes", node);
        string? space = File.Exists(file) ? File.ReadAllText(file).TrimEnd() : null;
        return [.. Directory.EnumerateDirectories("/proc").Where(folder => space is not null && SpaceOf(folder) == space)
            .Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Order()];
    }

    /// <summary>Of Rowen there is no process (what has said that it leaves is waited for), and nothing in the nodes' own /tmp and /dev/shm.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        await Until.TrueAsync(() => !Nodes.SelectMany(ProcessesOf).Any(IsRowens), Patience, "no process of Rowen is in any node");
        foreach (string node in Nodes)
        {
            Finished listed = await RunInNodeAsync(node, "find", "/tmp", "/dev/shm", "-maxdepth", "1", "-name", "*rowen-*", "-not", "-path", Repository.Root);
            listed.AssertDone();
            Assert.Equal(string.Empty, listed.Output);
        }
    }

    private static bool IsRowens(int process) => NameOf(process).Contains("Rowen", StringComparison.Ordinal);

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm");
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static string? SpaceOf(string folder)
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(folder)[0]) ? new FileInfo(Path.Combine(folder, "ns", "pid")).LinkTarget : null;
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }

    private int FirstProcessOf(string node) => ProcessesOf(node).First(process =>
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).EndsWith("\t1", StringComparison.Ordinal));

    private async Task<bool> IsIdleAsync()
    {
        Finished shown = await RunAsync("scontrol", "show", "nodes", "--oneliner");
        return shown.ExitCode == 0 && (await QueueAsync()).Count == 0
            && shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(IsIdle) == Nodes.Count;

        // A node that Slurm waits for is idle, too, but has no start.
        static bool IsIdle(string line) => line.Contains(" State=IDLE ", StringComparison.Ordinal) && !line.Contains("SlurmdStartTime=None", StringComparison.Ordinal);
    }

    private async Task<string> FieldAsync(string name, params string[] question)
    {
        Finished shown = await RunAsync("scontrol", question);
        return shown.Output.Split(' ').FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? string.Empty;
    }

    private async Task<Finished> FinishAsync(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = StartInfo(null, program, arguments);
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return await Finished.OfAsync(process, Patience);
    }
}
