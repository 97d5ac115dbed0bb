using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Rowen.Protocol.Errors;

namespace Rowen.LocalClusters;

/// <summary>A whole cluster in a child process that ends when its standard input does: with this process, however that ends.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private const string ReadyLine = "ready";

    private readonly Process _process;
    private readonly LocalClusterOptions _options;
    private readonly string _folder;
    private readonly LastLines _words;
    private readonly ILogger _logger;

    private LocalCluster(Process process, LocalClusterOptions options, string folder, LastLines words)
    {
        _process = process;
        _options = options;
        _folder = folder;
        _words = words;
        _logger = options.Client.Logging.CreateLogger("Rowen.LocalCluster");
    }

    /// <summary>The file by which clients find it.</summary>
    public string ClusterFile => ClusterFileOf(_folder);

    /// <summary>Its process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellationToken)
    {
        var program = RowenProgram.Find(options.RowenPath);
        string folder = Directory.CreateTempSubdirectory("rowen-").FullName; // mode 0700
        var words = new LastLines();
        Process process = Start(program, options, folder, words, out Task ready);
        var cluster = new LocalCluster(process, options, folder, words);
        try
        {
            Task ended = process.WaitForExitAsync(cancellationToken); // with all that it printed
            Task first = await Task.WhenAny(ready, ended)
                .WaitAsync(options.StartTimeout, options.Client.Time, cancellationToken).ConfigureAwait(false);
            return first == ready ? cluster : throw Failure($"ended at its start (exit code {process.ExitCode})", words);
        }
        catch (Exception exception)
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw exception is TimeoutException
                ? Failure($"was not ready within {options.StartTimeout.TotalSeconds:0.#} s", words)
                : exception;
        }
    }

    /// <summary>Ends it, and leaves nothing of it behind.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None)
                .WaitAsync(_options.EndTimeout, _options.Client.Time).ConfigureAwait(false);
            if (_process.ExitCode != 0)
            {
                LocalClusterLog.EndedBadly(_logger, _process.ExitCode, _words.ToString());
            }
        }
        catch (TimeoutException)
        {
            LocalClusterLog.Killed(_logger, _options.EndTimeout, _words.ToString());
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException exception) // its end of the pipe is gone already
        {
            LocalClusterLog.EndedBadly(_logger, -1, exception.Message);
        }

        _process.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static string ClusterFileOf(string folder) => Path.Combine(folder, "cluster.json");

    private static Process Start(RowenProgram program, LocalClusterOptions options, string folder, LastLines words, out Task ready)
    {
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = program.CreateStart(CreateVerb(options, folder)) };
        process.OutputDataReceived += (_, line) =>
        {
            words.Add(line.Data);
            if (line.Data == ReadyLine)
            {
                isReady.TrySetResult();
            }
        };
        process.ErrorDataReceived += (_, line) => words.Add(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            process.Dispose();
            Directory.Delete(folder, recursive: true);
            throw new RowenException(ErrorCode.BadRequest, $"'{program.FileName}' could not be started: {exception.Message}.", exception);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        ready = isReady.Task;
        return process;
    }

    private static IEnumerable<string> CreateVerb(LocalClusterOptions options, string folder)
    {
        yield return "up";
        yield return "--embedded";
        yield return "--state";
        yield return folder;
        yield return "--cluster";
        yield return ClusterFileOf(folder);
        if (options.Cores > 0)
        {
            yield return "--cores";
            yield return options.Cores.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static RowenException Failure(string what, LastLines words) => new(
        ErrorCode.ManagerUnreachable, $"The local cluster {what}. Its last words:{Environment.NewLine}{words}");
}
