namespace Rowen.Fabric;

/// <summary>Network adapters that move bytes without the kernel, as the kernel shows them. Cheap: nothing is loaded.</summary>
public static class FastNetworks
{
    private const string Root = "/sys/class";

    /// <summary>InfiniBand, RoCE, EFA and Omni-Path show as the first; Slingshot as the second.</summary>
    private static readonly string[] Classes = ["infiniband", "cxi"];

    /// <summary>Looks which there are.</summary>
    /// <returns>Names such as <c>infiniband/mlx5_0</c> and <c>cxi/cxi0</c>; none on a machine with plain Ethernet.</returns>
    public static IReadOnlyList<string> FindDevices() => FindDevices(Root);

    /// <summary>The rule behind <see cref="FindDevices()"/>.</summary>
    internal static IReadOnlyList<string> FindDevices(string root) =>
    [
        .. Classes.Where(each => Directory.Exists(Path.Combine(root, each)))
            .SelectMany(each => Directory.EnumerateFileSystemEntries(Path.Combine(root, each))
                .Select(device => $"{each}/{Path.GetFileName(device)}"))
            .Order(StringComparer.Ordinal),
    ];
}
