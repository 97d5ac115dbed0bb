namespace Rowen.IntegrationTests.Fabric;

/// <summary>The libfabric provider over which the contract is tried: TCP, and InfiniBand's verbs where <see cref="VerbsGuestTests"/> has them.</summary>
internal static class TestedProvider
{
    public const string Variable = "ROWEN_TEST_LIBFABRIC";

    public static string Name { get; } = Environment.GetEnvironmentVariable(Variable) ?? "tcp;ofi_rxm";
}
