namespace Rowen.IntegrationTests.ResourceManager;

/// <summary>An empty folder with a short path (Unix sockets need one), gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rowen-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
