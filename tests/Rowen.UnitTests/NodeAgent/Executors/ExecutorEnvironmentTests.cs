using Rowen.NodeAgent.Executors;

namespace Rowen.UnitTests.NodeAgent.Executors;

public sealed class ExecutorEnvironmentTests
{
    [Fact]
    public void Nothing_is_inherited_that_could_be_a_secret()
    {
        Dictionary<string, string> environment = ExecutorEnvironment.Build(name => $"value of {name}", "/scratch/tmp", "/shared/cluster.json");

        Assert.Equal(
            ["DOTNET_EnableDiagnostics", "DOTNET_NOLOGO", "DOTNET_ROOT", "DOTNET_TC_CallCountThreshold", "DOTNET_TieredPGO", "DOTNET_gcServer",
                "FI_CXI_DEVICE_NAME", "FI_CXI_ENABLE_WRITEDATA", "FI_LOG_LEVEL", "FI_MR_CACHE_MAX_COUNT", "FI_PROVIDER", "FI_PROVIDER_PATH",
                "FI_UNIVERSE_SIZE", "FI_VERBS_IFACE",
                "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "ROWEN_CLUSTER",
                "SLINGSHOT_DEVICES", "SLINGSHOT_SVC_IDS", "SLINGSHOT_TCS", "SLINGSHOT_VNIS", "TMPDIR", "TZ", "USER"],
            environment.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("/scratch/tmp", environment["TMPDIR"]);
        Assert.Equal("1", environment["OMP_NUM_THREADS"]); // whatever the agent's own is: a function has one core
        Assert.Equal("/shared/cluster.json", environment["ROWEN_CLUSTER"]);
    }

    [Fact]
    public void What_the_agent_lacks_is_left_out() => Assert.DoesNotContain("LANG", ExecutorEnvironment.Build(_ => null, "/t", clusterPath: null).Keys);
}
