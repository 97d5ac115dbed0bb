using Rowen.Protocol.Clusters;

namespace Rowen.NodeAgent.Executors;

/// <summary>The environment of executors: what programs need to run, and nothing that could be a secret.</summary>
internal static class ExecutorEnvironment
{
    /// <summary>What is handed on from the agent's own; libraries of the site are found through the last one.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"];

    /// <summary>Likewise, what libfabric needs to be told at some sites; Slingshot's are how a batch job shows its share of the network.</summary>
    private static readonly string[] OfNetworks =
    [
        "FI_PROVIDER", "FI_PROVIDER_PATH", "FI_UNIVERSE_SIZE", "FI_MR_CACHE_MAX_COUNT", "FI_LOG_LEVEL", "FI_VERBS_IFACE", "FI_CXI_ENABLE_WRITEDATA",
        "FI_CXI_DEVICE_NAME", "SLINGSHOT_VNIS", "SLINGSHOT_SVC_IDS", "SLINGSHOT_DEVICES", "SLINGSHOT_TCS",
    ];

    /// <summary>
    /// How the libraries that compute are told how many threads they may start: a function has its lane's core, and as many lanes as the lease has cores run
    /// at a time. More threads would share that core. Commands, which may have several, are told theirs.
    /// </summary>
    private static readonly string[] ThreadCounts = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

    /// <summary>Where temporary files of an executor go, in its scratch folder.</summary>
    public static string TemporaryFolder(string scratchFolder) => Path.Combine(scratchFolder, "tmp");

    /// <summary>Builds it.</summary>
    /// <param name="own">Reads a variable of the agent.</param>
    /// <param name="temporaryFolder">Where temporary files go, to be removed with the executor.</param>
    /// <param name="clusterPath">The cluster file by which functions find the cluster that they run on; null if there is none.</param>
    public static Dictionary<string, string> Build(Func<string, string?> own, string temporaryFolder, string? clusterPath)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["TMPDIR"] = temporaryFolder,
            ["DOTNET_ROOT"] = ExecutorCommand.DotnetRoot,
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_gcServer"] = "0", // a heap per core would cost each small lease hundreds of MiB
            ["DOTNET_TieredPGO"] = "0", // instrumented code would slow just the first calls of each lease
            ["DOTNET_TC_CallCountThreshold"] = "C8", // 200 calls, not 30, before code is optimised: our own is not within a cold start
            ["DOTNET_EnableDiagnostics"] = "0", // no debugger socket in a shared folder, and a faster start
        };
        if (clusterPath is not null)
        {
            environment[ClusterFiles.Variable] = clusterPath; // a path: whether it may be read, its mode says
        }

        foreach (string name in ThreadCounts)
        {
            environment[name] = "1";
        }

        foreach (string name in Inherited.Concat(OfNetworks))
        {
            if (own(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }

        return environment;
    }
}
