using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>Runs one of Slurm's commands, within a bound.</summary>
internal static class SlurmCommand
{
    /// <summary>Slurm's own commands give up after less; one that a network hangs does not.</summary>
    private static readonly TimeSpan UsualBound = TimeSpan.FromSeconds(30);

    private const int MaxOutputChars = 64 << 20;
    private const int MaxErrorChars = 600;

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.BatchSystemFailed"/>: it is not there, failed, took too long, or printed without end.</exception>
    public static Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken) =>
        RunAsync(program, arguments, input, UsualBound, cancellationToken);

    /// <summary>The same within another bound, or <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public static async Task<string> RunAsync(
        string program, IReadOnlyList<string> arguments, string input, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(longest);
        using Process process = Start(program, arguments);
        try
        {
            Task<string> errors = ReadAsync(process.StandardError, program, bound.Token);
            Task<string> output = ReadAsync(process.StandardOutput, program, bound.Token);
            await WriteAsync(process, input, bound.Token);
            await process.WaitForExitAsync(bound.Token);
            return process.ExitCode == 0 ? await output : throw Failed(program, process.ExitCode, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RowenException(
                ErrorCode.BatchSystemFailed,
                string.Create(CultureInfo.InvariantCulture, $"{program} did not answer within {longest.TotalSeconds} s."));
        }
        finally
        {
            Kill(process);
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (program == "srun")
        {
            StepEnvironment.Clear(start.Environment);
        }

        start.Environment["LC_ALL"] = "C";
        start.Environment["SLURM_TIME_FORMAT"] = "standard";
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new RowenException(
                ErrorCode.BatchSystemFailed,
                $"{program} could not be started: {exception.Message}. Are Slurm's commands on the PATH of this machine?",
                exception);
        }
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, string program, CancellationToken cancellationToken)
    {
        var text = new System.Text.StringBuilder();
        char[] buffer = new char[16_384];
        while (await reader.ReadAsync(buffer.AsMemory(), cancellationToken) is > 0 and int read)
        {
            text.Append(buffer, 0, read);
            if (text.Length > MaxOutputChars)
            {
                throw new RowenException(ErrorCode.BatchSystemFailed, $"{program} prints without end.");
            }
        }

        return text.ToString();
    }

    private static RowenException Failed(string program, int exitCode, string errors)
    {
        string said = string.Join(' ', errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        said = new string([.. said.Where(letter => !char.IsControl(letter)).Take(MaxErrorChars)]);
        return new RowenException(
            ErrorCode.BatchSystemFailed,
            string.Create(CultureInfo.InvariantCulture, $"{program} failed ({exitCode}): {(said.Length == 0 ? "it said nothing" : said)}"));
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            // It has ended.
        }
    }
}
