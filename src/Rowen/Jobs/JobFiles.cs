using Rowen.Commands;

namespace Rowen.Jobs;

/// <summary>Where the files of one job lie.</summary>
/// <param name="Folder">The job's folder, mode 0700.</param>
internal sealed record JobFiles(string Folder)
{
    /// <summary>What happened; the truth.</summary>
    public string Journal => Under("journal");

    /// <summary>The items, unless they are numbers.</summary>
    public string Items => Under("items");

    /// <summary>What the job's lambda captures, if it runs one.</summary>
    public string Lambda => Under("lambda");

    /// <summary>Results that are too large for the journal.</summary>
    public string Results => Under("results");

    /// <summary>How far the job is, a few times a second; a hint.</summary>
    public string Status => Under("status");

    /// <summary>Held by the process that runs the job.</summary>
    public string Lock => Under("lock");

    /// <summary>Its presence asks the process to end; it holds how many milliseconds running items still have.</summary>
    public string Cancel => Under("cancel");

    /// <summary>What commands have printed that run still; a hint.</summary>
    public string Live => Under(LiveOutput.FolderName);

    /// <summary>What the process prints.</summary>
    public string Log => Under("log");

    private string Under(string name) => Path.Combine(Folder, name);
}
