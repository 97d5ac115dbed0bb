namespace Rowen.IntegrationTests.Bindings;

/// <summary>Tests that share librowen and its cluster: compiling it takes longer than any of them.</summary>
[CollectionDefinition(Name)]
public sealed class SharedNativeLibrary : ICollectionFixture<NativeLibrary>
{
    public const string Name = "librowen";
}
