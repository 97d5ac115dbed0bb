using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rowen.Maps;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>A map that a process of its own runs, as <see cref="MapOptions.Detach"/> asks: this program waits for it, and may as well end.</summary>
internal static class DetachedMap
{
    /// <summary>Writes the map down as a job.</summary>
    /// <exception cref="ArgumentException">An option means nothing to a job.</exception>
    public static Task<Job> SubmitAsync<TIn>(
        RowenClient client, IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken)
    {
        options.Check();

        JobOptions job = options.Detach! with
        {
            Cores = options.Cores,
            MemoryBytes = options.Lease.MemoryBytes,
            Deadline = options.Deadline,
            Code = options.Code,
        };
        return client.SubmitDelegateAsync(items, function, job, JobPolicy.Of(options), cancellationToken);
    }

    /// <summary>Runs the map, and gives its results in the order of the items when it has ended.</summary>
    /// <exception cref="MapException">Items failed.</exception>
    public static async Task<TOut[]> MapAsync<TIn, TOut>(
        RowenClient client, IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken)
    {
        Job job = await SubmitAsync(client, items, function, options, cancellationToken).ConfigureAwait(false);
        var results = new List<TOut>();
        var failures = new MapFailures();
        int failed = 0;
        await foreach (MapResult<TOut> result in ReadAsync<TOut>(job, options, cancellationToken).ConfigureAwait(false))
        {
            if (result.Error is { } error)
            {
                failed++;
                failures.Add(new MapFailure(result.Index, error));
            }
            else
            {
                results.Add(result.Value);
            }
        }

        return failures.ToExceptionOrNone(failed, results.Count) is { } exception ? throw exception : [.. results];
    }

    /// <summary>Likewise, one after the other.</summary>
    public static async IAsyncEnumerable<MapResult<TOut>> StreamAsync<TIn, TOut>(
        RowenClient client, IEnumerable<TIn> items, Delegate function, MapOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Job job = await SubmitAsync(client, items, function, options, cancellationToken).ConfigureAwait(false);
        options.Submitted?.TrySetResult(job);
        await foreach (MapResult<TOut> result in ReadAsync<TOut>(job, options, cancellationToken).ConfigureAwait(false))
        {
            if (result.Error is { } error && options.Errors == MapErrors.Stop)
            {
                var failures = new MapFailures();
                failures.Add(new MapFailure(result.Index, error));
                throw failures.ToExceptionOrNone(1, result.Index)!;
            }

            yield return result;
        }
    }

    /// <summary>Waits for a job, and reads what became of its items.</summary>
    /// <exception cref="RowenException">What it stopped of, or <see cref="ErrorCode.JobNotReady"/>: it ended before its items did. <see cref="ErrorCode.JobDamaged"/>.</exception>
    public static async IAsyncEnumerable<MapResult<TOut>> ReadAsync<TOut>(
        Job job, MapOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JobStatus end = await job.WaitAsync(options.Progress is { } progress ? new Teller(progress, options.ProgressPeriod) : null, cancellationToken).ConfigureAwait(false);
        if (end.State is not (JobState.Done or JobState.Failed))
        {
            throw new RowenException(
                end.Code == ErrorCode.None ? ErrorCode.JobNotReady : end.Code, $"{job.Id} is {end.State}: {end.Reason} `rowen resume {job.Id}` goes on, and Job.Find reads its results then.");
        }

        long next = 0;
        await foreach (MapResult<TOut> result in job.ReadItemsAsync<TOut>(cancellationToken).ConfigureAwait(false))
        {
            if (result.Index != next)
            {
                break; // in an array, what follows would stand in its place
            }

            next++;
            yield return result;
        }

        if (next != end.Total)
        {
            throw new RowenException(ErrorCode.JobDamaged, $"{job.Id} is {end.State}, but its journal says nothing of item {next}. Submit the job anew.");
        }
    }

    private sealed class Teller(IProgress<MapProgress> progress, TimeSpan period) : IProgress<JobStatus>
    {
        private long? _toldAt;

        public void Report(JobStatus value)
        {
            if (_toldAt is { } told && Stopwatch.GetElapsedTime(told) < period && !value.HasEnded)
            {
                return;
            }

            _toldAt = Stopwatch.GetTimestamp();
            progress.Report(new MapProgress(
                value.Done,
                value.Total,
                value.Running,
                value.Failed,
                value.Retries,
                value.Lanes,
                value.ItemsPerSecond,
                value.TimeLeftMs is { } left ? TimeSpan.FromMilliseconds(left) : null,
                value.Reason)
            {
                Waiting = value.Waiting,
            });
        }
    }
}
