using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Signals;

/// <summary>Ctrl-C and SIGTERM as tokens: the first asks to end well, the second to end fast.</summary>
/// <remarks>SIGHUP counts too: the terminal is gone, and whatever was started in it should be.</remarks>
internal sealed class Termination : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private volatile bool _isTerminalIgnored;
    private volatile bool _isPatient;
    private volatile int _signal = (int)PosixSignal.SIGINT;

    public Termination()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    /// <summary>Somebody wants an end.</summary>
    public CancellationToken Requested => _first.Token;

    /// <summary>Somebody is impatient.</summary>
    public CancellationToken Urged => _second.Token;

    /// <summary>What the process ends with because of the first signal; Ctrl-C's, while none has come.</summary>
    public int ExitCode => Output.ExitCode.Of((PosixSignal)_signal);

    /// <summary>From now on only SIGTERM counts.</summary>
    public void IgnoreTerminal() => _isTerminalIgnored = true;

    /// <summary>From now on SIGUSR1 counts too, and no second signal urges: a batch system sends several, in any order.</summary>
    public void BePatient()
    {
        _isPatient = true;
        _registrations.Add(PosixSignalRegistration.Create((PosixSignal)ProcessSignal.User1, Handle));
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _first.Dispose();
        _second.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true; // otherwise the runtime ends the process under us
        if (_isTerminalIgnored && context.Signal != PosixSignal.SIGTERM)
        {
            return;
        }

        if (!_first.IsCancellationRequested)
        {
            _signal = (int)context.Signal;
            _first.Cancel();
        }
        else if (!_isPatient)
        {
            _second.Cancel();
        }
    }
}
