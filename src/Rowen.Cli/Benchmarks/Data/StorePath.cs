using Rowen.ObjectStorage;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>One of our stores.</summary>
internal sealed class StorePath(IObjectStore store) : TransferPath
{
    protected override Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken) =>
        store.PutAsync(name, new MemoryStream(bytes, writable: false), cancellationToken);

    protected override async Task GetAsync(string name, byte[] buffer, CancellationToken cancellationToken)
    {
        await using Stream content = await store.OpenAsync(name, cancellationToken) ?? throw new FileNotFoundException($"'{name}' is gone.");
        await content.ReadExactlyAsync(buffer, cancellationToken);
    }
}
