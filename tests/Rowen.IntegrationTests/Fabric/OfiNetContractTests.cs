using System.Net;
using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same over libfabric's TCP that has reliable datagrams of its own: <c>net</c> up to 1.17, <c>tcp</c> from 1.18 on.</summary>
public sealed class OfiNetContractTests : RealFabricContractTests
{
    private static readonly string Name =
        LibfabricInventory.Read(IPAddress.Loopback).Providers.Any(each => each.Name == "tcp") ? "tcp" : "net";

    protected override FabricProvider Provider { get; } = new OfiProvider(new OfiOptions { LibfabricProvider = Name });
}
