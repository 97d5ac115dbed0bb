using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Maps;

/// <summary>Runs items of a map in this process, on a thread of its own.</summary>
/// <remarks>
/// For maps that a function begins: the core on which that function waits is idle, and so may every other core be on which
/// functions wait for maps of theirs. Without it a full cluster of such functions would wait for itself for ever.
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "User code throws anything; it is the item's error.")]
internal sealed class LocalLane<TIn, TOut>(MapRun<TIn, TOut> run, Func<TIn, TOut> function) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private Task _running = Task.CompletedTask;

    public void Start() =>
        _running = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    public async ValueTask DisposeAsync() => await _running.ConfigureAwait(false);

    private async Task RunAsync()
    {
        var result = new MapResult<TOut>[1];
        while (!run.IsOver)
        {
            if (!run.Queue.TryTakeFresh(out MapItem<TIn> item))
            {
                await Task.Delay(Pause, run.Time).ConfigureAwait(false);
                continue;
            }

            run.Began(1);
            result[0] = Run(item);
            run.Ended(1);
            if (run.Admit(result) > 0)
            {
                await run.Sink.AddAsync(result).ConfigureAwait(false);
                run.Delivered(result);
            }
        }
    }

    private MapResult<TOut> Run(MapItem<TIn> item)
    {
        long startedAt = Stopwatch.GetTimestamp();
        try
        {
            TOut value = function(item.Value);
            return new MapResult<TOut>(item.Index, value, null, lane: -1, Stopwatch.GetElapsedTime(startedAt));
        }
        catch (Exception exception)
        {
            var fault = new RemoteFault(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.StackTrace, null);
            var error = new InvocationException(
                ErrorCode.FunctionFailed, $"Run by the function that mapped it: {fault.TypeName}: {fault.Message}", fault);
            return new MapResult<TOut>(item.Index, default!, error, lane: -1, Stopwatch.GetElapsedTime(startedAt));
        }
    }
}
