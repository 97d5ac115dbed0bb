using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent.Fabrics;

/// <summary>
/// Has a program of its own try the fabrics between this node and another: whatever libraries and adapters do to it, the agent lives.
/// </summary>
/// <remarks>One trial at a time, and one server, which several others use. All of it ends with the agent, or within a minute of its death.</remarks>
/// <param name="program">The command to which <c>fabric serve</c> and <c>fabric check</c> are added; none if there is none.</param>
/// <param name="nodeName">For people.</param>
/// <param name="address">Where other nodes reach this one; null if nowhere.</param>
/// <param name="folder">For secrets, while they are needed; of this user only.</param>
/// <param name="time">For bounds.</param>
internal sealed class FabricTrials(
    IReadOnlyList<string> program, string nodeName, string? address, string folder, TimeProvider time) : IDisposable
{
    /// <summary>Of the server's minute, so much that a trial which finds it has half a minute left.</summary>
    private static readonly TimeSpan MaxServerAge = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ServerLife = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(8);

    /// <summary>A trial takes a second; one over a network that swallows everything, some ten for each fabric.</summary>
    private static readonly TimeSpan MaxTrial = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _serving = new(1);
    private readonly SemaphoreSlim _trying = new(1);
    private readonly CancellationTokenSource _ended = new();
    private Process? _server;
    private long _servedAt;
    private NodeTrial _place = new();

    /// <summary>Listens for another node's trial.</summary>
    /// <returns>Where, and what the other must know; or the problem.</returns>
    public Task<NodeTrial> ServeAsync() => GuardAsync(_serving, MaxStart, ServeAsync);

    /// <summary>Tries the fabrics to another node.</summary>
    /// <param name="peer">Where it listens.</param>
    /// <param name="secret">What both must know.</param>
    public Task<NodeTrial> TryAsync(string peer, string secret) => GuardAsync(_trying, MaxTrial, token => TryAsync(peer, secret, token));

    public void Dispose()
    {
        _ended.Cancel();
        End(_server);
    }

    private async Task<NodeTrial> GuardAsync(SemaphoreSlim turn, TimeSpan bound, Func<CancellationToken, Task<NodeTrial>> run)
    {
        if (program.Count == 0)
        {
            return new NodeTrial { Problem = $"the agent on {nodeName} was not started by `rowen`: it has no program that tries fabrics" };
        }

        using var timeout = new CancellationTokenSource(bound, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ended.Token);
        bool hasTurn = false;
        try
        {
            await turn.WaitAsync(either.Token);
            hasTurn = true;
            return await run(either.Token);
        }
        catch (OperationCanceledException)
        {
            return new NodeTrial { Problem = $"{nodeName} was not done within {bound.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s" };
        }
        catch (Exception exception) when (exception is IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            return new NodeTrial { Problem = $"{nodeName} cannot try fabrics: {exception.Message}" };
        }
        finally
        {
            if (hasTurn)
            {
                turn.Release();
            }
        }
    }

    private async Task<NodeTrial> ServeAsync(CancellationToken cancellationToken)
    {
        if (address is null)
        {
            return new NodeTrial { Problem = $"{nodeName} serves its own machine only: its agent was started without --advertise" };
        }

        if (_server is { HasExited: false } && time.GetElapsedTime(_servedAt) < MaxServerAge)
        {
            return _place;
        }

        _server?.Dispose(); // whoever still uses it may go on: it ends by itself
        _servedAt = time.GetTimestamp();
        string secret = Path.Combine(folder, "fabric.secret");
        File.Delete(secret);
        _server = Start(
            "serve", "--listen", new IPEndPoint(IPAddress.Parse(address), 0).ToString(), "--secret", secret,
            "--seconds", ServerLife.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        Task<string> complaint = _server.StandardError.ReadToEndAsync(_ended.Token);
        if (!ProtocolJson.TryRead(Encoding.UTF8.GetBytes(await ReadObjectAsync(_server.StandardOutput, cancellationToken)), out NodeTrial place)
            || place.Address is null)
        {
            return Explain(await complaint.WaitAsync(cancellationToken));
        }

        _place = new NodeTrial { Address = place.Address, Secret = (await File.ReadAllTextAsync(secret, cancellationToken)).Trim() };
        File.Delete(secret);
        return _place;
    }

    private async Task<NodeTrial> TryAsync(string peer, string secret, CancellationToken cancellationToken)
    {
        string file = Path.Combine(folder, "peer.secret");
        await WriteSecretAsync(file, secret, cancellationToken);
        using Process check = Start("check", "--brief", "--peer", peer, "--secret", file);
        try
        {
            Task<string> complaint = check.StandardError.ReadToEndAsync(cancellationToken);
            string answer = await check.StandardOutput.ReadToEndAsync(cancellationToken);
            return ProtocolJson.TryRead(Encoding.UTF8.GetBytes(answer), out NodeTrial trial) ? trial : Explain(await complaint);
        }
        finally
        {
            End(check);
            File.Delete(file);
        }
    }

    private Process Start(params IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), "fabric", .. words, "--output", "json"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.TryAdd("DOTNET_EnableDiagnostics", "0");
        return Process.Start(start)!;
    }

    private static async Task WriteSecretAsync(string file, string secret, CancellationToken cancellationToken)
    {
        File.Delete(file);
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = StateFile.OwnerOnly });
        await stream.WriteAsync(Encoding.ASCII.GetBytes(secret), cancellationToken);
    }

    /// <summary>JSON as it is printed: its last line is a brace.</summary>
    private static async Task<string> ReadObjectAsync(StreamReader output, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        while (await output.ReadLineAsync(cancellationToken) is { } line)
        {
            text.AppendLine(line);
            if (line == "}")
            {
                break;
            }
        }

        return text.ToString();
    }

    /// <summary>The last that a program complains of is why it ended.</summary>
    private NodeTrial Explain(string complaint)
    {
        string last = complaint.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "its program for fabrics ended without a word";
        return new NodeTrial
        {
            Problem = ProtocolJson.TryRead(Encoding.UTF8.GetBytes(last), out ErrorAnswer error) ? error.Message : $"{nodeName}: {last}",
        };
    }

    private static void End(Process? process)
    {
        try
        {
            process?.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // it has ended by itself
        }
    }
}
