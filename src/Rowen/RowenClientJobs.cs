using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <content>Jobs: maps that outlive this program.</content>
public sealed partial class RowenClient
{
    /// <summary>Hands a map over to a process of its own, which runs it on this cluster whatever becomes of this program.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; all are read and written down before this returns.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now, and kept with the job.</param>
    /// <param name="options">Cores, name, folder, what is run again, and for how long.</param>
    /// <param name="cancellationToken">Gives up, while nothing was written.</param>
    /// <returns>The job, which is safe on the disk and about to begin.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CannotShip"/>: it captures what cannot travel; nothing was written.
    /// <see cref="ErrorCode.BadRequest"/>: a local cluster ends with this program, or the <c>rowen</c> command was not found.
    /// <see cref="ErrorCode.StorageFailed"/>: the job could not be written down.
    /// </exception>
    public Task<Job> SubmitAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        SubmitDelegateAsync(items, function, options ?? new JobOptions(), policy: null, cancellationToken);

    /// <summary>Hands a map of an asynchronous function over likewise: a core waits for one item before it takes the next.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; all are read and written down before this returns.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now, and kept with the job.</param>
    /// <param name="options">Cores, name, folder, what is run again, and for how long.</param>
    /// <param name="cancellationToken">Gives up, while nothing was written.</param>
    /// <returns>The job, which is safe on the disk and about to begin.</returns>
    /// <exception cref="RowenException">As for the other.</exception>
    public Task<Job> SubmitAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        SubmitDelegateAsync(items, function, options ?? new JobOptions(), policy: null, cancellationToken);

    /// <summary>Whatever function it is, and with what its process needs to know; without it, what the options say.</summary>
    internal async Task<Job> SubmitDelegateAsync<TIn>(
        IEnumerable<TIn> items, Delegate function, JobOptions options, JobPolicy? policy, CancellationToken cancellationToken)
    {
        options.Check();
        if (_clusterPath is null)
        {
            throw new RowenException(
                ErrorCode.BadRequest, "A job outlives this program, and its local cluster does not: start one with `rowen up --detach`, and connect with RowenClient.ConnectAsync.");
        }

        string? name = MarkedFunction.NameOrNone(function);
        CapturedLambda? lambda = name is null ? CapturedLambda.Of(function) : null;
        CodePackage code = lambda is null ? options.Code ?? CodePackage.FromAssembly(function.Method.Module.Assembly)
            : options.Code is { } given ? lambda.Require(given)
            : lambda.MakeCode();
        if (lambda is not null)
        {
            _opener.Warnings.Tell(lambda);
        }

        string program = AppDomain.CurrentDomain.FriendlyName;
        var description = new JobDescription
        {
            Name = options.Name,
            Function = name ?? lambda!.MethodName,
            Cluster = _clusterPath,
            Items = new JobItems { Origin = $"{typeof(TIn).Name} of {program}" },
            Cores = options.Cores,
            MemoryBytes = options.MemoryBytes,
            DeadlineMs = options.Deadline.TotalMilliseconds,
            Policy = policy ?? JobPolicy.Of(options.ToMapOptions()),
            SubmittedBy = $"{program} {Environment.ProcessId} on {Environment.MachineName}",
        };
        IEnumerable<ReadOnlyMemory<byte>> payloads = items.Select(item => (ReadOnlyMemory<byte>)PayloadCodec<TIn>.Encode(item).ToArray());
        return await JobSubmitter.SubmitAsync(
            new JobStore(options.JobsFolder), new JobSubmission(description, payloads, code, lambda), options.RowenPath, cancellationToken).ConfigureAwait(false);
    }
}
