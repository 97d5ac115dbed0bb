using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rowen.Cli.Roles;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The responder's process as the caller sees it, with the caller's ends of ring and socket. It sleeps on its
/// standard input whenever no floor is being measured. One thread.
/// </summary>
internal sealed class FloorProcess : IDisposable
{
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(5);

    private readonly SharedPages _pages;
    private Process? _process;
    private FloorSocket? _socket;

    /// <summary>Starts the responder on a core of its own.</summary>
    /// <param name="maxPayloadBytes">The largest payload that will be asked for.</param>
    /// <param name="core">The core to which it pins itself.</param>
    public FloorProcess(int maxPayloadBytes, int core)
    {
        var layout = new FloorLayout(maxPayloadBytes);
        _pages = SharedPages.Create(layout.TotalBytes);
        Ring = new FloorRing(_pages, layout);
        try
        {
            Launch(maxPayloadBytes, core);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public FloorRing Ring { get; }

    public FloorSocket Socket => _socket!;

    /// <summary>Has the responder serve exactly so many calls of one size; returns when it is about to.</summary>
    public void Order(FloorKind kind, int payloadBytes, int count)
    {
        _process!.StandardInput.WriteLine(FloorResponder.Format(kind, payloadBytes, count));
        _process.StandardInput.Flush();
        AwaitReady();
    }

    public void Dispose()
    {
        _process?.StandardInput.Close(); // on which it ends
        if (_process?.WaitForExit(MaxEnd) == false)
        {
            _process.Kill();
        }

        _process?.Dispose();
        _socket?.Dispose();
        _pages.Dispose();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private void Launch(int maxPayloadBytes, int core)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog: 1);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        ProcessStartInfo start = RowenProgram.StartInfo(
            "bench", FloorCommand.Name, _pages.Path, Number(maxPayloadBytes), Number(port), Number(core));
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start);
        _socket = FloorSocket.Accept(listener);
        AwaitReady();
    }

    private void AwaitReady()
    {
        string? line = _process!.StandardOutput.ReadLine(); // bounded: the responder gives up after some seconds of silence
        if (line != FloorResponder.Ready)
        {
            throw new IOException($"The floor's responder ended, or said '{line}' instead of '{FloorResponder.Ready}'.");
        }
    }
}
