using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rowen.Cli.Benchmarks;
using Rowen.IntegrationTests.Faults;
using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>A Redis server of the test's own, with a password; it keeps nothing on disk, and ends with this object or this process.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Socket _reservation = Reserve();
    private Process? _process;

    public int Port => ((IPEndPoint)_reservation.LocalEndPoint!).Port;

    public string Uri => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{Port}/tests");

    public string Password { get; } = RandomNumberGenerator.GetHexString(32);

    public StoreAccess Access(int retries = 9) => new() { Uri = "redis://", Password = Password, Retries = retries };

    /// <param name="settings">More lines of its configuration.</param>
    public async Task StartAsync(string settings = "")
    {
        _process = await BoundProcess.StartAsync(new ProcessStartInfo("redis-server", ["-"]) { RedirectStandardInput = true, RedirectStandardOutput = true });
        await _process.StandardInput.WriteAsync(string.Create(
            CultureInfo.InvariantCulture, $"port {Port}\nbind 127.0.0.1\nrequirepass {Password}\nsave \"\"\nappendonly no\ndaemonize no\n{settings}\n"));
        _process.StandardInput.Close(); // the password is on no command line
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        await Until.TrueAsync(IsListeningAsync, TimeSpan.FromSeconds(30), "Redis listens");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _reservation.Dispose();
    }

    private async Task<bool> IsListeningAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// A port that nobody else is given while this is bound, not before the server starts and not while it is away. It never listens,
    /// and so the server, which also says that it would share its address, may.
    /// </summary>
    private static Socket Reserve()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
