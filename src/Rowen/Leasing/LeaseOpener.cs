using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen.Leasing;

/// <summary>Leads one lease from the request to the first invocation: ask, wait, send the code, open the lanes.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class LeaseOpener(
    ManagerClient manager, LeaseKeeper keeper, ManagerClientOptions options, string clientName, ILogger logger)
{
    /// <summary>The longest that the manager takes as a wait.</summary>
    private static readonly TimeSpan MaxPoll = TimeSpan.FromSeconds(20);

    /// <summary>How long the manager may be away while a request waits.</summary>
    private static readonly TimeSpan MaxAbsence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly UnreachedNodes _unreached = new(options.Time);
    private readonly ConcurrentDictionary<CodePackageId, bool> _sent = new(); // as a set

    /// <summary>What was said of static fields.</summary>
    public StaticWarnings Warnings { get; } = new(logger);

    /// <summary>Takes a lease, or those of several nodes that are granted together.</summary>
    /// <param name="request">Checked before.</param>
    /// <param name="ended">Told once, when the lease is over or given back.</param>
    /// <param name="cancellationToken">Gives up; what was granted meanwhile is given back.</param>
    /// <returns>As many as were asked for; no fewer than are enough.</returns>
    public async Task<IReadOnlyList<Lease>> OpenAsync(LeaseRequest request, Action<LeaseId> ended, CancellationToken cancellationToken)
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = request.Code is null ? Task.CompletedTask : SendCodeOnceAsync(request.Code, abandoned.Token);
        LeaseView? view = null;
        try
        {
            TimeSpan askedAt = keeper.Now;
            view = await AskAsync(CreateAsk(request), cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            (view, askedAt) = await WaitUntilGrantedAsync(view, askedAt, request, sending, cancellationToken).ConfigureAwait(false);
            return view.Group is { } group
                ? await StartAllAsync(group, request, sending, ended, cancellationToken).ConfigureAwait(false)
                : [await StartAsync(view, askedAt, request, sending, ended, cancellationToken).ConfigureAwait(false)];
        }
        catch
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
            await IgnoreAsync(sending).ConfigureAwait(false);
            if (view is not null)
            {
                await GiveUpAsync(view).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Whoever gives up while the manager answers waits for that answer, for a while: it may name a lease that only we know of.</summary>
    private async Task<LeaseView> AskAsync(LeaseAsk ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.Time);
        using CancellationTokenRegistration givingUp = cancellationToken.UnsafeRegister(_ => patience.CancelAfter(ReleaseTimeout), null);
        return await manager.AskLeaseAsync(ask, patience.Token).ConfigureAwait(false);
    }

    /// <summary>Gives a lease back; a manager that is away lets it expire.</summary>
    /// <returns>The lease as it ended; null if the manager could not be told.</returns>
    public async Task<LeaseView?> ReleaseAsync(LeaseId lease)
    {
        using var bound = new CancellationTokenSource(ReleaseTimeout, options.Time);
        try
        {
            return await manager.ReleaseAsync(lease, bound.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RowenException or OperationCanceledException)
        {
            LeasingLog.NotReleased(logger, lease, exception.Message);
            return null;
        }
    }

    /// <summary>Gives back what was asked for, and what was granted with it: perhaps in this very moment.</summary>
    private async Task GiveUpAsync(LeaseView asked)
    {
        keeper.Forget(asked.Id);
        LeaseView last = await ReleaseAsync(asked.Id).ConfigureAwait(false) ?? asked;
        await Task.WhenAll((last.Group ?? []).Where(part => part != asked.Id).Select(GiveUpPartAsync)).ConfigureAwait(false);
    }

    private Task GiveUpPartAsync(LeaseId part)
    {
        keeper.Forget(part);
        return ReleaseAsync(part);
    }

    /// <summary>Starts all parts of what was granted together. One whose executor is not reached is given back; the others are enough, or all end.</summary>
    private async Task<IReadOnlyList<Lease>> StartAllAsync(
        IReadOnlyList<LeaseId> group, LeaseRequest request, Task sending, Action<LeaseId> ended, CancellationToken cancellationToken)
    {
        Task<Lease>[] starts = [.. group.Select(part => StartPartAsync(part, request, sending, ended, cancellationToken))];
        await ((Task)Task.WhenAll(starts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Lease> started = [];
        foreach (Task<Lease> start in starts.Where(start => start.IsCompletedSuccessfully))
        {
            started.Add(await start.ConfigureAwait(false));
        }

        if (started.Count >= request.MinNodes && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(group.Except(started.Select(lease => lease.Id)).Select(GiveUpPartAsync)).ConfigureAwait(false);
            return started;
        }

        await Task.WhenAll(started.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return [await starts.First(start => !start.IsCompletedSuccessfully).ConfigureAwait(false)]; // throws why
    }

    private async Task<Lease> StartPartAsync(
        LeaseId part, LeaseRequest request, Task sending, Action<LeaseId> ended, CancellationToken cancellationToken)
    {
        TimeSpan askedAt = keeper.Now;
        LeaseView view = await WithPatienceAsync(
            () =>
            {
                askedAt = keeper.Now;
                return manager.GetLeaseAsync(part, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
        ThrowIfOver(view);
        return await StartAsync(view, askedAt, request, sending, ended, cancellationToken).ConfigureAwait(false);
    }

    private LeaseAsk CreateAsk(LeaseRequest request) => new()
    {
        Kind = request.Kind,
        NotOn = request.NotOn is { Count: > 0 } others ? others : null,
        Cores = request.Cores,
        MemoryBytes = request.MemoryBytes,
        Nodes = request.Nodes,
        AtLeast = request.AtLeast,
        UsefulCores = request.UsefulCores,
        DurationMs = (long)request.Duration.TotalMilliseconds,
        Bound = request.Bound,
        LastsMs = (long)request.Lasts.TotalMilliseconds,
        SlotCount = request.SlotCount,
        SlotBytes = request.SlotBytes,
        HotWindowUs = request.HotWindow == Timeout.InfiniteTimeSpan ? -1 : (long)request.HotWindow.TotalMicroseconds,
        MayWait = request.WhenFull == WhenFull.Wait,
        MaxWaitMs = (long)request.MaxWait.TotalMilliseconds,
        Package = request.Code?.Id,
        Client = clientName,
    };

    /// <summary>The long poll tells the reason for waiting, and that we still want the lease.</summary>
    private async Task<(LeaseView View, TimeSpan AskedAt)> WaitUntilGrantedAsync(
        LeaseView view, TimeSpan askedAt, LeaseRequest request, Task sending, CancellationToken cancellationToken)
    {
        TimeSpan poll = request.Duration / 3 < MaxPoll ? request.Duration / 3 : MaxPoll;
        while (true)
        {
            request.Progress?.Report(new LeaseProgress(view.Id, view.State, view.State == LeaseState.Waiting ? view.Reason : string.Empty));
            ThrowIfOver(view);
            if (view.State != LeaseState.Waiting)
            {
                return (view, askedAt);
            }

            if (sending.IsFaulted)
            {
                await sending.ConfigureAwait(false); // without its code the lease is of no use: leave the queue
            }

            long version = view.Version;
            LeaseId lease = view.Id;
            view = await WithPatienceAsync(
                () =>
                {
                    askedAt = keeper.Now;
                    return manager.WaitForLeaseAsync(lease, version, poll, cancellationToken);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private void TellProvider(LeaseView view, string provider)
    {
        string node = view.NodeName ?? view.Node.ToString();
        LeasingLog.Leased(logger, view.Id, view.Cores, node, provider);
        if (provider != "ofi" && _unreached.WhyOrNone(view.Node) is { } why)
        {
            LeasingLog.LibfabricFailed(logger, view.Id, node, provider, why);
        }
    }

    private async Task<Lease> StartAsync(
        LeaseView view, TimeSpan askedAt, LeaseRequest request, Task sending, Action<LeaseId> ended, CancellationToken cancellationToken)
    {
        LeaseId id = view.Id;
        ExecutorSession? session = null;
        ErrorAnswer? lost = null;
        var gate = new Lock();
        keeper.Keep(view, askedAt, EndLocally);
        ExecutorView executor = await GetExecutorAsync(id, cancellationToken).ConfigureAwait(false);
        session = await ExecutorSession.OpenAsync(view, executor, request.Provider, _unreached, options.Time, cancellationToken).ConfigureAwait(false);
        try
        {
            session.AskWhy = timeout => LeaseLoss.Ask(manager.Cluster, options, id, timeout);
            lock (gate)
            {
                if (lost is not null)
                {
                    throw lost.ToException();
                }
            }

            PackageFunctions? functions = await LoadAsync(session, request.Code, sending, cancellationToken).ConfigureAwait(false);
            TellProvider(view, session.Provider);
            request.Progress?.Report(new LeaseProgress(id, LeaseState.Active, string.Empty));
            return await CreateLeaseAsync(view, session, request, functions, ended, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        void EndLocally(ErrorAnswer why)
        {
            lock (gate)
            {
                lost = why;
            }

            session?.End(why);
        }
    }

    /// <summary>Sends another code package, unless the manager has it, and has a lease's executor load it.</summary>
    public async Task LoadAsync(Lease lease, CodePackage code, CancellationToken cancellationToken)
    {
        Task sending = SendCodeOnceAsync(code, cancellationToken);
        lease.Add((await LoadAsync(lease.Session, code, sending, cancellationToken).ConfigureAwait(false))!);
    }

    private async Task<PackageFunctions?> LoadAsync(
        ExecutorSession session, CodePackage? code, Task sending, CancellationToken cancellationToken)
    {
        if (code is null)
        {
            return null;
        }

        await sending.ConfigureAwait(false);
        try
        {
            return await session.LoadPackageAsync(code.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.UnknownPackage)
        {
            await SendCodeAsync(code, cancellationToken).ConfigureAwait(false); // another manager, with another folder
            return await session.LoadPackageAsync(code.Id, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the manager once in this client's life: it forgets no package.</summary>
    public Task SendCodeOnceAsync(CodePackage code, CancellationToken cancellationToken) =>
        _sent.ContainsKey(code.Id) ? Task.CompletedTask : SendCodeAsync(code, cancellationToken);

    private async Task SendCodeAsync(CodePackage code, CancellationToken cancellationToken)
    {
        if (!await manager.HasPackageAsync(code.Id, cancellationToken).ConfigureAwait(false))
        {
            if (!await TrySendChangesAsync(code, cancellationToken).ConfigureAwait(false))
            {
                await manager.UploadPackageAsync(code.Id, code.WriteAsync, cancellationToken).ConfigureAwait(false);
            }
        }

        _sent.TryAdd(code.Id, true);
    }

    /// <summary>Sends only the files that the manager has in no other package.</summary>
    /// <returns>False if that is no less than all of them, or did not work.</returns>
    private async Task<bool> TrySendChangesAsync(CodePackage code, CancellationToken cancellationToken)
    {
        try
        {
            CodePackageManifest? lacking = await manager.AskLackingAsync(code.Manifest, cancellationToken).ConfigureAwait(false);
            if (lacking is null || lacking.Files.Count == code.Manifest.Files.Count || lacking.Files.Except(code.Manifest.Files).Any())
            {
                return false;
            }

            await manager.UploadChangesAsync(code.Id, (tar, token) => code.WriteAsync(lacking, tar, token), cancellationToken).ConfigureAwait(false);
            LeasingLog.SentChanges(logger, code.Id.ToShortString(), lacking.TotalBytes, code.Manifest.TotalBytes);
            return true;
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.UnknownPackage or ErrorCode.MalformedMessage)
        {
            return false;
        }
    }

    private async Task<Lease> CreateLeaseAsync(
        LeaseView view,
        ExecutorSession session,
        LeaseRequest request,
        PackageFunctions? functions,
        Action<LeaseId> ended,
        CancellationToken cancellationToken)
    {
        var lease = new Lease(view, session, async () =>
        {
            keeper.Forget(view.Id);
            await ReleaseAsync(view.Id).ConfigureAwait(false);
            ended(view.Id);
        })
        {
            Outlasts = time => keeper.Outlasts(view.Id, time),
            IsTooShort = time => keeper.IsTooShort(view.Id, time),
        };
        if (functions is not null)
        {
            lease.Add(functions);
        }

        lease.Lambdas = new LeaseLambdas(
            lease, request.Code, (code, token) => LoadAsync(session, code, SendCodeOnceAsync(code, token), token), Warnings);
        if (request.Lambda is { } lambda)
        {
            await lease.Lambdas.BindAsync(lambda, cancellationToken).ConfigureAwait(false);
        }

        // A lease without executor, or one that is being taken back, must not be kept from ending.
        lease.EndedToken.UnsafeRegister(_ => keeper.Forget(view.Id), null);
        return lease;
    }

    private async Task<ExecutorView> GetExecutorAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await WithPatienceAsync(
                    () => manager.GetExecutorAsync(lease, MaxPoll, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.DeadlineExceeded)
            {
                // Not ready within one poll; the manager bounds how long an executor may take to start.
            }
        }
    }

    /// <summary>A manager that restarts keeps its promises: what was asked before is asked again, for a while.</summary>
    private async Task<T> WithPatienceAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        long since = 0;
        while (true)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.ManagerUnreachable)
            {
                since = since == 0 ? options.Time.GetTimestamp() : since;
                if (options.Time.GetElapsedTime(since) > MaxAbsence)
                {
                    throw;
                }
            }

            await Task.Delay(RetryPeriod, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void ThrowIfOver(LeaseView view)
    {
        if (view.State is LeaseState.Ending or LeaseState.Ended)
        {
            throw new RowenException(view.EndCode == ErrorCode.None ? ErrorCode.LeaseEnded : view.EndCode, view.Reason);
        }
    }

    private static async Task IgnoreAsync(Task sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RowenException or OperationCanceledException or IOException)
        {
            // The first failure is the one that is told.
        }
    }
}
