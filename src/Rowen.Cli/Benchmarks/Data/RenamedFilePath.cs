namespace Rowen.Cli.Benchmarks.Data;

/// <summary>What a program does by hand that must never leave half a file: a FileStream beside the place, flushed, and renamed.</summary>
internal sealed class RenamedFilePath(string folder) : FilePath(folder)
{
    protected override async Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        string beside = name + ".new";
        await base.PutAsync(beside, bytes, cancellationToken);
        File.Move(PathOf(beside), PathOf(name), overwrite: true);
    }
}
