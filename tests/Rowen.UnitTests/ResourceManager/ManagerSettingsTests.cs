using Microsoft.Extensions.Configuration;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager;

namespace Rowen.UnitTests.ResourceManager;

public sealed class ManagerSettingsTests
{
    public static TheoryData<string, string, string> Options => new()
    {
        { "Leases:MinDuration", "00:00:02", "00:02:00" },
        { "Leases:MaxDuration", "02:00:00", "2.00:00:00" },
        { "Leases:Margin", "00:00:02", "00:02:00" },
        { "Leases:MaxStartTime", "00:00:40", "00:00:00.5" },
        { "Leases:MaxGrace", "00:01:00", "-00:00:01" },
        { "Leases:MaxCount", "5", "0" },
        { "Leases:MaxEndedCount", "0", "-1" },
        { "Leases:MaxSlotCount", "8", "2000" },
        { "Leases:MaxSlotBytes", "128", "63" },
        { "Queue:MaxCount", "0", "-1" },
        { "Queue:MaxWait", "00:00:01", "00:00:00.5" },
        { "Nodes:SuspectAfter", "00:00:02", "00:00:00.5" },
        { "Nodes:LostAfter", "00:00:10", "00:20:00" },
        { "Nodes:MaxCount", "7", "0" },
        { "Nodes:MaxAbsentCount", "0", "-1" },
        { "Nodes:MaxQueuedOrders", "16", "15" },
        { "Loop:MaxQueuedCalls", "16", "15" },
        { "Loop:MaxBatch", "1", "0" },
        { "Loop:TickPeriod", "00:00:00.1", "00:00:02" },
        { "Loop:StorageRetryPeriod", "00:00:02", "00:02:00" },
        { "Loop:LeaveBound", "00:00:02", "00:00:00.5" },
        { "Http:MaxConnections", "16", "15" },
        { "Http:MaxIdleTime", "00:00:02", "02:00:00" },
        { "Http:MaxHeaderTime", "00:00:02", "00:02:00" },
        { "Http:MaxMessageBytes", "70000", "100" },
        { "Http:MaxLogBytes", "70000", "100" },
        { "Http:MaxLogDelay", "00:00:02", "00:02:00" },
        { "Http:MaxTrialDelay", "00:00:02", "00:10:00" },
        { "Http:MaxOrderStall", "00:00:02", "00:02:00" },
        { "Packages:MaxPackageBytes", "2000000", "100" },
        { "Packages:MaxPackageFiles", "1", "0" },
        { "Packages:MaxTotalBytes", "2000000", "100" },
        { "Packages:MaxIncoming", "1", "0" },
        { "Audit:MaxFileBytes", "70000", "100" },
        { "Audit:MaxOldFiles", "1", "0" },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void A_configured_option_arrives_and_a_wrong_one_is_named(string name, string good, string wrong)
    {
        string[] path = name.Split(':');
        ManagerSettings configured = Configure(name, good);
        configured.Check();
        RowenException refusal = Assert.Throws<RowenException>(Configure(name, wrong).Check);

        Assert.Equal(good, Value(configured, path));
        Assert.Equal(ErrorCode.BadRequest, refusal.Code);
        Assert.Contains($"{path[0]}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(path[1], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_option_is_left_out_of_this_test()
    {
        IEnumerable<string> all = typeof(ManagerSettings).GetProperties()
            .Where(section => section.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal))
            .SelectMany(section => section.PropertyType.GetProperties().Select(option => $"{section.Name}:{option.Name}"));

        Assert.Equal(all.Order(StringComparer.Ordinal), Options.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_value_that_cannot_be_read_is_named()
    {
        RowenException refusal = Assert.Throws<RowenException>(() => Configure("Leases:MaxCount", "many"));

        Assert.Contains("Leases:MaxCount", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manager_that_would_listen_nowhere_does_not_start()
    {
        var settings = new ManagerSettings { StateFolder = "/nowhere", ListenUnix = false };

        Assert.Contains("listen nowhere", Assert.Throws<RowenException>(settings.Check).Message, StringComparison.Ordinal);
    }

    private static ManagerSettings Configure(string name, string value)
    {
        var settings = new ManagerSettings { StateFolder = "/nowhere" };
        settings.Bind(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>(name, value)]).Build());
        return settings;
    }

    private static string? Value(ManagerSettings settings, string[] path)
    {
        object section = typeof(ManagerSettings).GetProperty(path[0])!.GetValue(settings)!;
        object value = section.GetType().GetProperty(path[1])!.GetValue(section)!;
        return value is TimeSpan span ? span.ToString(span.Milliseconds == 0 ? "c" : "hh\\:mm\\:ss\\.f", null) : value.ToString();
    }
}
