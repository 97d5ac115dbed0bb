using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Planning;

/// <summary>Says in advance, to the letter, what a Slurm needs for harvesting and what Rowen hands to it. Asks nobody, changes nothing.</summary>
public static class SlurmPlan
{
    /// <summary>Stands in a pilot's name for what the manager's folder of state decides when it is made.</summary>
    private const string ClusterId = "CLUSTER";

    /// <summary>Longer than a pilot drains, shorter than a batch job is patient; Slurm's default is 30.</summary>
    private static readonly TimeSpan KillMargin = TimeSpan.FromSeconds(3);

    /// <summary>The plan.</summary>
    /// <param name="settings">What pilots are to be; the partition is the one to add.</param>
    /// <param name="user">Who runs the manager, and with it all pilots and functions.</param>
    /// <param name="upCommand">The program and its arguments that the service would start.</param>
    public static IReadOnlyList<PlanPart> Of(HarvestSettings settings, string user, IReadOnlyList<string> upCommand)
    {
        string partition = settings.Partition ?? "harvest";
        var pilot = new PilotScript(settings with { Partition = partition }, $"rowen-pilot-{ClusterId}");
        return
        [
            new("slurm.conf", "Lines to add, or to change; then `scontrol reconfigure` (a new PreemptType: restart slurmctld). Jobs that run stay.", Configuration(settings, partition)),
            new("accounting", "Where accounting is enforced: an account of pilots' own, whose use is not charged, with limits. Then `-- --account=rowen --qos=rowen` belongs to the command below.", Accounting(settings, user, partition)),
            new("sbatch", "How each pilot is submitted, while leases wait and no longer; nodes that are powered down are added with --exclude.", Quoted(["sbatch", .. pilot.Arguments([])])),
            new("pilot.sh", "The job script, on sbatch's standard input. It is a step, so that Slurm tells the agent at once when it wants the node.", pilot.Text),
            new("rowen.service", "The manager, as a service on a machine that sees Slurm and the file system that nodes share, where --cluster must lie: /etc/systemd/system/rowen.service", Service(user, upCommand)),
        ];
    }

    private static string Configuration(HarvestSettings settings, string partition)
    {
        string maxTime = Minutes(settings.TimeLimit ?? TimeSpan.FromHours(2));
        double leastKillWait = Math.Ceiling((settings.DrainGrace + KillMargin).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Rowen: pilots run where nothing else does, and any job of another partition takes their nodes.
            PreemptType=preempt/partition_prio
            PreemptMode=CANCEL
            # KillWait must be {leastKillWait} or more (agents drain for {settings.DrainGrace.TotalSeconds:0.###} s); 30 is Slurm's own.
            # The partitions of batch jobs, each: PriorityTier=10 PreemptMode=OFF
            PartitionName={partition} Nodes=ALL Default=NO State=UP PriorityTier=1 PreemptMode=CANCEL GraceTime=0 OverSubscribe=NO MaxTime={maxTime} DefaultTime={maxTime}

            """);
    }

    private static string Accounting(HarvestSettings settings, string user, string partition) => string.Create(CultureInfo.InvariantCulture, $"""
        sacctmgr add account rowen Description=rowen Organization=rowen
        sacctmgr add qos rowen UsageFactor=0 MaxJobsPerUser={settings.MaxNodes} MaxSubmitJobsPerUser={settings.MaxNodes + settings.MaxPending}
        sacctmgr add user {user} Account=rowen QOS=rowen DefaultQOS=rowen
        # and in slurm.conf, behind PartitionName={partition}: AllowAccounts=rowen

        """);

    private static string Service(string user, IReadOnlyList<string> upCommand) => $"""
        [Unit]
        Description=Rowen: lends idle nodes of Slurm to functions
        After=network-online.target munge.service slurmctld.service
        Wants=network-online.target

        [Service]
        User={user}
        StateDirectory=rowen
        StateDirectoryMode=0700
        Environment=DOTNET_EnableDiagnostics=0
        ExecStart={string.Join(' ', upCommand.Select(UnitWord))}
        # SIGTERM sends every node back, and takes back the pilots that wait.
        KillMode=mixed
        TimeoutStopSec=60
        Restart=on-failure
        RestartSec=5
        NoNewPrivileges=yes
        ProtectSystem=full

        [Install]
        WantedBy=multi-user.target

        """;

    private static string Minutes(TimeSpan time)
    {
        var minutes = TimeSpan.FromMinutes(Math.Ceiling(time.TotalMinutes));
        return string.Create(CultureInfo.InvariantCulture, $"{minutes.Days}-{minutes.Hours:00}:{minutes.Minutes:00}:00");
    }

    /// <summary>As a shell takes it, a word a line.</summary>
    private static string Quoted(IEnumerable<string> words) => string.Join(" \\\n    ", words.Select(ShellWord.Of)) + "\n";

    /// <summary>As systemd takes it: percent and dollar mean something there, quotes keep a word together.</summary>
    private static string UnitWord(string word)
    {
        string plain = word.Replace("\\", @"\\", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return plain.Any(letter => char.IsWhiteSpace(letter) || letter is '"' or '\'' or ';') ? $"\"{plain}\"" : plain;
    }
}
