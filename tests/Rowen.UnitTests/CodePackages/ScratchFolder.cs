namespace Rowen.UnitTests.CodePackages;

/// <summary>A folder of one test's own, deleted with all that is in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rowen-test-");

    public string Path => _folder.FullName;

    public string Combine(string relative) => System.IO.Path.Combine(Path, relative);

    public ScratchFolder Write(string relative, string text, bool isExecutable = false)
    {
        string file = Combine(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        if (isExecutable && !System.OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute);
        }

        return this;
    }

    /// <summary>Paths of all files, relative and in order.</summary>
    public string[] Files() => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
        .Select(file => System.IO.Path.GetRelativePath(Path, file))
        .Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);
}
