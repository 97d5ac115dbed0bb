using Rowen.Cli.Fabrics;
using Rowen.Fabric.Libfabric;

namespace Rowen.UnitTests.Cli.Fabrics;

public sealed class DoctorAnswerTests
{
    private static readonly LibfabricNetwork Tcp = new("tcp;ofi_rxm", "lo", IsHardware: false, WhyNotUsed: null);
    private static readonly LibfabricNetwork Verbs = new("verbs;ofi_rxm", "mlx5_0", IsHardware: true, WhyNotUsed: null);

    [Fact]
    public void Fast_network_is_used_by_itself()
    {
        ProviderDiagnosis ofi = ExamineOfi(["infiniband/mlx5_0"], new LibfabricInventory("1.17", [Verbs, Tcp], Problem: null));

        Assert.Equal(new ProviderDiagnosis("ofi", IsUsable: true, "nodes with a fast network", "used by itself, over verbs;ofi_rxm"), ofi);
    }

    [Fact]
    public void Adapter_that_libfabric_cannot_drive_is_told()
    {
        ProviderDiagnosis ofi = ExamineOfi(["cxi/cxi0"], new LibfabricInventory("1.17", [Tcp], Problem: null));

        Assert.Equal("libfabric has no provider for cxi/cxi0: it may have been built without it", ofi.Remark);
    }

    [Fact]
    public void Absent_library_is_what_to_install()
    {
        ProviderDiagnosis ofi = ExamineOfi([], new LibfabricInventory(null, [], "install libfabric"));

        Assert.False(ofi.IsUsable);
        Assert.Equal("install libfabric", ofi.Remark);
    }

    [Fact]
    public void Without_adapters_libfabric_waits_to_be_asked_for()
    {
        ProviderDiagnosis ofi = ExamineOfi([], new LibfabricInventory("1.17", [Tcp], Problem: null));

        Assert.True(ofi.IsUsable);
        Assert.StartsWith("no adapter that needs it", ofi.Remark, StringComparison.Ordinal);
    }

    private static ProviderDiagnosis ExamineOfi(string[] devices, LibfabricInventory inventory) =>
        DoctorAnswer.Examine(devices, inventory).Providers.Single(each => each.Name == "ofi");
}
