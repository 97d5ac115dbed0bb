namespace Rowen.Cli.Benchmarks.Data;

/// <summary>What a program does by hand that must never leave half a file: a FileStream beside the place, flushed, and renamed.</summary>
internal sealed class RenamedFilePath : TransferPath
{
    private readonly string _folder;

    public RenamedFilePath(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    protected override async Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_folder, name);
        string beside = path + ".new";
        await using (var file = new FileStream(beside, FileMode.Create))
        {
            await file.WriteAsync(bytes, cancellationToken);
            await file.FlushAsync(cancellationToken);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }

        File.Move(beside, path, overwrite: true);
    }

    protected override Task GetAsync(string name, byte[] buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException("It is read like any other file.");
}
