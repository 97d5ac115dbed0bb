namespace Rowen.Cli.Benchmarks.Data;

/// <summary>The floor of files: a FileStream, flushed to disk as ours are.</summary>
internal class FilePath : TransferPath
{
    private readonly string _folder;

    public FilePath(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    protected string PathOf(string name) => Path.Combine(_folder, name);

    protected override async Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(PathOf(name), FileMode.Create);
        await file.WriteAsync(bytes, cancellationToken);
        await file.FlushAsync(cancellationToken);
        RandomAccess.FlushToDisk(file.SafeFileHandle); // as FileStream.Flush(flushToDisk: true), which has no asynchronous form
    }

    protected override async Task GetAsync(string name, byte[] buffer, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(PathOf(name), FileMode.Open, FileAccess.Read);
        await file.ReadExactlyAsync(buffer, cancellationToken);
    }
}
