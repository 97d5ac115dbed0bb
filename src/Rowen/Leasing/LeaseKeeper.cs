using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Leasing;

/// <summary>Renews the leases of one client, on a thread of its own: a starved thread pool must not end a lease.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class LeaseKeeper : IDisposable
{
    private readonly ClusterFile _cluster;
    private readonly ManagerClientOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Lock _lock = new();
    private readonly RenewalTable _table = new();
    private readonly ConcurrentDictionary<LeaseId, Action<ErrorAnswer>> _enders = new();
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _isDisposed;

    public LeaseKeeper(ClusterFile cluster, ManagerClientOptions options, ILogger logger)
    {
        _cluster = cluster;
        _options = options;
        _logger = logger;
        _time = options.Time;
        _startedAt = _time.GetTimestamp();
        _thread = new Thread(Run) { Name = "rowen-leases", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The time, as <see cref="Keep"/> wants it.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Keeps a lease alive from now on.</summary>
    /// <param name="lease">The lease, as granted.</param>
    /// <param name="askedAt"><see cref="Now"/> before the manager was asked.</param>
    /// <param name="end">Called once if the lease is over: refused by the manager, or not renewed in time.</param>
    public void Keep(LeaseView lease, TimeSpan askedAt, Action<ErrorAnswer> end)
    {
        _enders[lease.Id] = end;
        lock (_lock)
        {
            _table.Add(lease.Id, TimeSpan.FromMilliseconds(lease.DurationMs), askedAt, TimeSpan.FromMilliseconds(lease.RemainingMs));
        }

        _changed.Set();
    }

    /// <summary>Whether no renewal will make a lease last so long.</summary>
    public bool IsTooShort(LeaseId lease, TimeSpan time)
    {
        lock (_lock)
        {
            return _table.IsTooShort(lease, time, Now);
        }
    }

    /// <summary>Whether a lease can be counted on for a time: renewals succeed, or it lasts so long without one.</summary>
    public bool Outlasts(LeaseId lease, TimeSpan time)
    {
        lock (_lock)
        {
            return _table.Outlasts(lease, time, Now);
        }
    }

    /// <summary>The lease is over, or given back.</summary>
    public void Forget(LeaseId lease)
    {
        _enders.TryRemove(lease, out _);
        lock (_lock)
        {
            _table.Remove(lease);
        }
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _changed.Set();
            _thread.Join(); // at most one renewal, which has a bound
            _changed.Dispose();
        }
    }

    private void Run()
    {
        using var manager = new ManagerConnection(_cluster, _options);
        while (!_isDisposed)
        {
            RenewalStep step;
            lock (_lock)
            {
                step = _table.Next(Now);
            }

            TimeSpan wait = step.DueAt - Now;
            if (wait > TimeSpan.Zero)
            {
                _changed.WaitOne(wait < TimeSpan.FromMinutes(1) ? wait : TimeSpan.FromMinutes(1));
            }
            else if (step.Act == RenewalAct.Expire)
            {
                LeasingLog.NotRenewed(_logger, step.Lease);
                End(step.Lease, new ErrorAnswer(
                    ErrorCode.LeaseExpired,
                    $"{step.Lease} could not be renewed in time: the resource manager at {_cluster.Address} was not reached. Ask for a new lease."));
            }
            else
            {
                Renew(manager, step);
            }
        }
    }

    private void Renew(ManagerConnection manager, RenewalStep step)
    {
        TimeSpan askedAt = Now;
        try
        {
            LeaseView view = manager.Renew(step.Lease, step.Timeout);
            if (view.State is LeaseState.Ending or LeaseState.Ended)
            {
                End(step.Lease, new ErrorAnswer(view.EndCode == ErrorCode.None ? ErrorCode.LeaseEnded : view.EndCode, view.Reason));
                return;
            }

            lock (_lock)
            {
                _table.Renewed(step.Lease, TimeSpan.FromMilliseconds(view.DurationMs), askedAt, TimeSpan.FromMilliseconds(view.RemainingMs));
            }
        }
        catch (RowenException exception) when (IsFinal(exception.Code))
        {
            End(step.Lease, new ErrorAnswer(exception.Code, exception.Message));
        }
        catch (RowenException exception)
        {
            LeasingLog.RenewalFailed(_logger, step.Lease, exception.Message);
            lock (_lock)
            {
                _table.Failed(step.Lease, Now);
            }
        }
    }

    private void End(LeaseId lease, ErrorAnswer why)
    {
        lock (_lock)
        {
            _table.Remove(lease);
        }

        if (_enders.TryRemove(lease, out Action<ErrorAnswer>? end))
        {
            end(why);
        }
    }

    private static bool IsFinal(ErrorCode code) => code is ErrorCode.LeaseEnded or ErrorCode.LeaseExpired
        or ErrorCode.LeaseReleased or ErrorCode.LeaseRevoked or ErrorCode.UnknownLease;
}
