using System.Security.Cryptography;
using System.Text;
using Rowen.Journals;
using Rowen.Protocol.Identifiers;

namespace Rowen.Functions.ReadyToRun;

/// <summary>What was compiled before, kept by content, runtime and compiler: any other of them is compiled anew.</summary>
/// <remarks>Thread safety: any process. A folder appears under its name when it is whole.</remarks>
internal sealed class CompiledPackages(string folder, TimeProvider time)
{
    /// <summary>Folders that are kept; beyond it those go that were not used for <see cref="MaxAge"/>.</summary>
    private const int MaxCount = 16;

    /// <summary>In a folder, what could not be compiled, and why.</summary>
    private const string FaultsName = "uncompiled.txt";

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    public static CompiledPackages OfUser() =>
        new(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "ready-to-run"), TimeProvider.System);

    /// <summary>Names what a package becomes.</summary>
    public static string NameOf(CodePackageId package, Version runtime, Version compiler) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{package} for {runtime} by {compiler}")))[..40];

    /// <summary>The folder of that name, made if it is not there.</summary>
    /// <param name="name">See <see cref="NameOf"/>.</param>
    /// <param name="fill">Fills a folder, and says what it could not.</param>
    /// <returns>The folder, and what it lacks.</returns>
    public async Task<(string Folder, string Faults)> GetAsync(string name, Func<string, Task<string>> fill)
    {
        string kept = Path.Combine(folder, name);
        bool isNew = !Directory.Exists(kept);
        if (isNew)
        {
            await MakeAsync(kept, fill).ConfigureAwait(false);
        }

        Directory.SetLastWriteTimeUtc(kept, time.GetUtcNow().UtcDateTime);
        if (isNew)
        {
            Prune();
        }

        return (kept, await File.ReadAllTextAsync(Path.Combine(kept, FaultsName)).ConfigureAwait(false));
    }

    private async Task MakeAsync(string kept, Func<string, Task<string>> fill)
    {
        PrivateFiles.CreateFolder(folder);
        string made = Path.Combine(folder, Path.GetRandomFileName() + ".new");
        PrivateFiles.CreateFolder(made);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(made, FaultsName), await fill(made).ConfigureAwait(false)).ConfigureAwait(false);
            Directory.Move(made, kept);
        }
        catch (IOException) when (Directory.Exists(kept))
        {
            // Another process has made it meanwhile, of the same.
        }
        finally
        {
            if (Directory.Exists(made))
            {
                Directory.Delete(made, recursive: true);
            }
        }
    }

    private void Prune()
    {
        DateTime oldest = time.GetUtcNow().UtcDateTime - MaxAge;
        foreach (DirectoryInfo old in new DirectoryInfo(folder).GetDirectories().OrderByDescending(each => each.LastWriteTimeUtc).Skip(MaxCount)
            .Where(each => each.LastWriteTimeUtc < oldest))
        {
            try
            {
                old.Delete(recursive: true);
            }
            catch (IOException)
            {
                // Another process prunes it at the same time.
            }
        }
    }
}
