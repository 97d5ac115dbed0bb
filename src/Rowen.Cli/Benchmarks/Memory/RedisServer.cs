using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>A Redis server of our own, with a password, that keeps nothing on disk and ends with this object or this process.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _folder;
    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    private readonly int _port;

    private RedisServer(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        _port = FindFreePort();
        _process.StandardInput.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"port {_port}\nbind 127.0.0.1\nunixsocket {SocketPath}\nunixsocketperm 700\nrequirepass {_password}\n"
            + $"save \"\"\nappendonly no\ndaemonize no\ndir {folder}\nproto-max-bulk-len 1073741824\n"));
        _process.StandardInput.Close(); // the password is on no command line
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
    }

    private string SocketPath => Path.Combine(_folder, "redis.sock");

    /// <summary>Starts one.</summary>
    /// <returns>Null where Redis is not installed.</returns>
    public static async Task<RedisServer?> StartOrNoneAsync()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
            .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            return null;
        }

        string folder = Directory.CreateTempSubdirectory("rowen-redis-").FullName;
        try
        {
            var start = new ProcessStartInfo(program, ["-"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            return new RedisServer(await BoundProcess.StartAsync(start), folder);
        }
        catch (Win32Exception)
        {
            Directory.Delete(folder, recursive: true);
            return null;
        }
    }

    /// <summary>Connects to it: over its Unix socket, the fastest way it has, or over TCP.</summary>
    public RedisPath Connect(bool isOverTcp)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            Socket socket = isOverTcp
                ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
                : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(isOverTcp ? new IPEndPoint(IPAddress.Loopback, _port) : new UnixDomainSocketEndPoint(SocketPath));
                return new RedisPath(socket, _password);
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(startedAt) < StartTimeout && !_process.WaitForExit(RetryPeriod))
            {
                socket.Dispose(); // it does not listen yet
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(EndTimeout);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FindFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
