using Rowen.Fabric;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Fabric;

public sealed class FastNetworksTests
{
    [Fact]
    public void Adapters_are_named_by_class_and_device()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.Combine("infiniband/mlx5_1"));
        Directory.CreateDirectory(folder.Combine("infiniband/mlx5_0"));
        Directory.CreateDirectory(folder.Combine("cxi/cxi0"));
        Directory.CreateDirectory(folder.Combine("net/eth0"));

        Assert.Equal(["cxi/cxi0", "infiniband/mlx5_0", "infiniband/mlx5_1"], FastNetworks.FindDevices(folder.Combine(".")));
    }

    [Fact]
    public void Machine_without_such_classes_has_none()
    {
        using var folder = new ScratchFolder();

        Assert.Empty(FastNetworks.FindDevices(folder.Combine("nowhere")));
    }
}
