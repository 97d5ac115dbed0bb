namespace Rowen.Runs;

/// <summary>A run under way: its name, its folder, its log. Others see that it runs until this is disposed, or the process ends.</summary>
internal sealed class StoredRun(string name, string folder, RunLogWriter log, FileStream held) : IDisposable
{
    public const string DescriptionName = "run.json";
    public const string LogName = "items.log";

    /// <summary><c>R7</c>.</summary>
    public string Name => name;

    public string Folder => folder;

    public RunLogWriter Log => log;

    public void Dispose()
    {
        log.Dispose();
        held.Dispose();
    }
}
