using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rowen.Cli.Roles;

namespace Rowen.Cli.Fabrics;

/// <summary>A responder in a child process of this machine. It ends with its input, and with it at the latest by force.</summary>
internal sealed class ResponderProcess : ResponderLink
{
    /// <summary>The responder itself gives up a peer after ten seconds; only one that hangs in a library takes longer.</summary>
    private static readonly TimeSpan MaxAnswer = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="listenAddress">The address of this machine at which the other end reaches it.</param>
    /// <param name="core">The core to pin itself to; null for any.</param>
    public ResponderProcess(IPAddress listenAddress, int? core)
    {
        string pinnedTo = core?.ToString(CultureInfo.InvariantCulture) ?? "any";
        ProcessStartInfo start = RowenProgram.StartInfo("fabric", RespondVerb.Name, listenAddress.ToString(), pinnedTo);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    public override void Order(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public override string Read()
    {
        using ITimer watchdog = TimeProvider.System.CreateTimer(_ => _process.Kill(), null, MaxAnswer, Timeout.InfiniteTimeSpan);
        return _process.StandardOutput.ReadLine() ?? throw new IOException("The responder's process has ended.");
    }

    public override void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    protected override void Dispose(bool isDisposing)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it has ended already
        }

        if (!_process.WaitForExit(MaxEnd))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
