using System.Net;
using Rowen.Protocol.Clusters;
using Rowen.ResourceManager;

namespace Rowen.IntegrationTests.ResourceManager;

/// <summary>A real manager with real sockets and files, on a state folder that the test may keep for the next one.</summary>
internal sealed class RunningManager : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private RunningManager(ManagerAddresses addresses, Task running, CancellationTokenSource stop)
    {
        Addresses = addresses;
        _running = running;
        _stop = stop;
    }

    public ManagerAddresses Addresses { get; }

    /// <summary>Completes when the manager has ended by itself.</summary>
    public Task Ended => _running.WaitAsync(Bound);

    public static async Task<RunningManager> StartAsync(string stateFolder, Action<ManagerSettings>? configure = null)
    {
        var settings = new ManagerSettings { StateFolder = stateFolder, ListenTcp = new IPEndPoint(IPAddress.Loopback, 0) };
        configure?.Invoke(settings);
        var started = new TaskCompletionSource<ManagerAddresses>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stop = new CancellationTokenSource();
        Task running = ManagerHost.RunAsync(settings, null, started.SetResult, stop.Token);
        await Task.WhenAny(running, started.Task).WaitAsync(Bound);
        if (running.IsCompleted)
        {
            await running;
        }

        return new RunningManager(await started.Task, running, stop);
    }

    public ManagerClient Connect() => new(Addresses.ForThisNode());

    public ManagerClient ConnectByTcp() => new(Addresses.ForOtherNodes());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Bound);
        _stop.Dispose();
    }
}
