namespace Rowen.UnitTests.ResourceManager.Slurm;

/// <summary>What real Slurm said: see Recorded/README.md.</summary>
internal static class Recording
{
    /// <summary>Versions that something is recorded of.</summary>
    public const string Old = "22.05.8", New = "24.11.5";

    private static readonly string Folder = FindFolder();

    /// <summary>What a command printed.</summary>
    /// <param name="name">For instance <c>scontrol-config</c>.</param>
    /// <param name="version">Which Slurm.</param>
    public static string Read(string name, string version = Old) => File.ReadAllText(Path.Combine(Folder, version, name + ".out"));

    private static string FindFolder()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rowen.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Rowen.slnx not found");
        }

        return Path.Combine(folder, "tests", "Rowen.UnitTests", "ResourceManager", "Slurm", "Recorded");
    }
}
