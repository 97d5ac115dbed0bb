using Rowen.NodeAgent;
using Rowen.Protocol.Clusters;

namespace Rowen.UnitTests.NodeAgent;

public sealed class AgentSettingsTests
{
    private static readonly AgentSettings Good = new() { Cluster = new ClusterFile(), StateFolder = "/state", Name = "n1" };

    public static TheoryData<string, string> Faults() => new()
    {
        { nameof(AgentSettings.StateFolder), (Good with { StateFolder = "state" }).FindFault()! },
        { nameof(AgentSettings.Name), (Good with { Name = "two words" }).FindFault()! },
        { nameof(AgentSettings.PoolSize), (Good with { PoolSize = 65 }).FindFault()! },
        { nameof(AgentSettings.Cores), (Good with { Cores = 0 }).FindFault()! },
        { nameof(AgentSettings.MemoryBytes), (Good with { MemoryBytes = 1 }).FindFault()! },
        { nameof(AgentSettings.AdvertiseAddress), (Good with { AdvertiseAddress = "somewhere" }).FindFault()! },
        { nameof(AgentSettings.DrainGrace), (Good with { DrainGrace = TimeSpan.FromDays(1) }).FindFault()! },
        { nameof(AgentSettings.Patience), (Good with { Patience = TimeSpan.FromSeconds(1) }).FindFault()! },
        { nameof(AgentSettings.MaxLogBytes), (Good with { MaxLogBytes = 0 }).FindFault()! },
        { nameof(AgentSettings.MaxLogCount), (Good with { MaxLogCount = 0 }).FindFault()! },
    };

    [Fact]
    public void Good_settings_have_no_fault() => Assert.Null(Good.FindFault());

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_names_its_setting(string setting, string fault) =>
        Assert.StartsWith($"{setting} is ", fault, StringComparison.Ordinal);
}
