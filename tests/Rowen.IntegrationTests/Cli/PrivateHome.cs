using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Rowen.IntegrationTests.Cli;

/// <summary>A home and a folder for temporary files of its own; programs that run in it can be found, and what they left.</summary>
internal sealed partial class PrivateHome : IDisposable
{
    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public const int Interruption = 2;

    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    private const int Kill = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-home-").FullName;

    public PrivateHome()
    {
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(Temporary);
    }

    public string Home => Path.Combine(_folder, "home");

    public string Temporary => Path.Combine(_folder, "tmp");

    /// <summary>A folder beside both, for the test's own files.</summary>
    /// <summary>What is shown of commands that run.</summary>
    public IReadOnlyList<string> LiveFiles() =>
        [.. Directory.EnumerateFiles(Home, "*.out", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == "live")];

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Runs a program to its end.</summary>
    public async Task<Finished> RunAsync(TimeSpan bound, string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(bound);
            return new Finished(process.ExitCode, await output.WaitAsync(bound), await error.WaitAsync(bound));
        }
        catch (TimeoutException)
        {
            KillAll();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {bound}. It said: {await output}{await error}");
        }
    }

    public Task<Finished> RowenAsync(params IEnumerable<string> arguments) => RunAsync(TimeSpan.FromMinutes(5), Repository.Rowen, arguments);

    public Process Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        string ownHome = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        start.Environment["HOME"] = Home;
        start.Environment["TMPDIR"] = Temporary;
        // What the machine has need not come again, and with NuGet's settings of another home everything would be restored and compiled anew.
        start.Environment.TryAdd("NUGET_PACKAGES", Path.Combine(ownHome, ".nuget", "packages") + "/"); // to the letter, or else it is another folder
        start.Environment.TryAdd("DOTNET_CLI_HOME", ownHome);
        start.Environment["XDG_DATA_HOME"] = Temporary; // there `dotnet run FILE` builds
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment.Remove("ROWEN_CLUSTER");
        return Process.Start(start)!;
    }

    /// <summary>The next line that it prints; two minutes, because it may have to be built first.</summary>
    public static Task<string?> ReadLineAsync(Process process) =>
        process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);

    /// <summary>Waits for its end.</summary>
    public static Task EndAsync(Process process) =>
        process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public static void Interrupt(Process process) => _ = SendSignal(process.Id, Terminate);

    /// <summary>Sends a signal, to a process alone or to its whole group, which it must lead.</summary>
    public static void Signal(Process process, int signal, bool isForGroup) => _ = SendSignal(isForGroup ? -process.Id : process.Id, signal);

    /// <summary>Every process that was started in this home, by whomever: children inherit the environment.</summary>
    public IReadOnlyList<int> Processes()
    {
        string mark = $"HOME={Home}\0";
        return [.. Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out int id) ? id : 0)
            .Where(id => id != 0 && ReadOrEmpty($"/proc/{id}/environ").Contains(mark, StringComparison.Ordinal))];
    }

    /// <summary>Waits until none of them is left; the kernel needs a moment after a parent's end.</summary>
    public async Task<IReadOnlyList<int>> ProcessesAfterAMomentAsync()
    {
        for (int i = 0; i < 1_500 && Processes().Count > 0; i++)
        {
            await Task.Delay(20);
        }

        return Processes();
    }

    public void Dispose()
    {
        KillAll();
        Directory.Delete(_folder, recursive: true);
    }

    private void KillAll()
    {
        foreach (int process in Processes())
        {
            _ = SendSignal(process, Kill);
        }
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
