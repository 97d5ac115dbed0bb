using System.ComponentModel;
using System.Diagnostics;

namespace Rowen.Functions.ReadyToRun;

/// <summary>A program of the SDK that runs to its end, or to its bound.</summary>
internal static class BoundedProcess
{
    /// <summary>More says no more: compilers repeat themselves.</summary>
    private const int MaxSaidLength = 500;

    /// <summary>Runs it.</summary>
    /// <returns>Its exit code, -1 if there is none, and the last that it said.</returns>
    public static async Task<(int ExitCode, string Said)> RunAsync(ProcessStartInfo start, TimeSpan bound, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process? process = StartOrNone(start, out string fault);
        if (process is null)
        {
            return (-1, fault);
        }

        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(bound);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, EndOf($"{await output.ConfigureAwait(false)}{await error.ConfigureAwait(false)}"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (-1, $"it came to no end within {bound.TotalSeconds} s");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static Process? StartOrNone(ProcessStartInfo start, out string fault)
    {
        try
        {
            fault = string.Empty;
            return Process.Start(start);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            fault = $"{start.FileName} does not start: {exception.Message}";
            return null;
        }
    }

    private static string EndOf(string said)
    {
        string line = string.Join("; ", said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= MaxSaidLength ? line : $"…{line[^MaxSaidLength..]}";
    }
}
