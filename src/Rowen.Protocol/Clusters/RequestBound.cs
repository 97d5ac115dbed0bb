namespace Rowen.Protocol.Clusters;

/// <summary>The bound of one request: the caller's token, or time. For streams, time is counted from the last bytes.</summary>
internal sealed class RequestBound : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenRegistration _caller;

    public RequestBound(TimeSpan timeout, TimeProvider time, CancellationToken callersToken)
    {
        Timeout = timeout;
        CallersToken = callersToken;
        _deadline = new CancellationTokenSource(timeout, time);
        _caller = callersToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _deadline);
    }

    public CancellationToken CallersToken { get; }

    public CancellationToken Token => _deadline.Token;

    public bool IsCancelledByCaller => CallersToken.IsCancellationRequested;

    /// <summary>What counts now.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>From now on silence is bounded, not the whole.</summary>
    public TimeSpan MaxSilence
    {
        set
        {
            Timeout = value;
            Heard();
        }
    }

    /// <summary>Something moved: the clock starts again.</summary>
    public void Heard() => _deadline.CancelAfter(Timeout);

    public void Dispose()
    {
        _caller.Dispose();
        _deadline.Dispose();
    }
}
