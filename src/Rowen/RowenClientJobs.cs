using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <content>Jobs: maps that outlive this program.</content>
public sealed partial class RowenClient
{
    /// <summary>Hands a map over to a process of its own, which runs it on this cluster whatever becomes of this program.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; all are read and written down before this returns.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Cores, name, folder.</param>
    /// <param name="cancellationToken">Gives up, while nothing was written.</param>
    /// <returns>The job, which is safe on the disk and about to begin.</returns>
    /// <exception cref="ArgumentException">It is a lambda, or not marked.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.BadRequest"/>: a local cluster ends with this program, or the <c>rowen</c> command was not found.
    /// <see cref="ErrorCode.StorageFailed"/>: the job could not be written down.
    /// </exception>
    public async Task<Job> SubmitAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new JobOptions();
        options.Check();
        string name = MarkedFunction.NameOrNone(function) ?? throw new ArgumentException(
            $"'{function.Method.DeclaringType?.Name}.{function.Method.Name}' cannot be the function of a job, which outlives this program: it must be a "
            + "static method marked [Function], not a lambda. Maps take lambdas: MapAsync.",
            nameof(function));
        if (_clusterPath is null)
        {
            throw new RowenException(
                ErrorCode.BadRequest, "A job outlives this program, and its local cluster does not: start one with `rowen up --detach`, and connect with RowenClient.ConnectAsync.");
        }

        var description = new JobDescription
        {
            Name = options.Name,
            Function = name,
            Cluster = _clusterPath,
            Items = new JobItems { Origin = $"{typeof(TIn).Name} of {AppDomain.CurrentDomain.FriendlyName}" },
            Cores = options.Cores,
            MemoryBytes = options.MemoryBytes,
            DeadlineMs = options.Deadline.TotalMilliseconds,
            SubmittedBy = $"{AppDomain.CurrentDomain.FriendlyName} {Environment.ProcessId} on {Environment.MachineName}",
        };
        CodePackage code = options.Code ?? CodePackage.FromAssembly(function.Method.Module.Assembly);
        IEnumerable<ReadOnlyMemory<byte>> payloads = items.Select(item => (ReadOnlyMemory<byte>)PayloadCodec<TIn>.Encode(item).ToArray());
        return await JobSubmitter.SubmitAsync(
            new JobStore(options.JobsFolder), new JobSubmission(description, payloads, code), options.RowenPath, cancellationToken).ConfigureAwait(false);
    }
}
