using System.Collections.Concurrent;
using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.ResourceManager.Http;

/// <summary>Brings what an agent posts in answer to an order together with the request that waits for it; the bytes are kept nowhere.</summary>
internal sealed class AnswerRelay(HttpOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<(NodeId Node, long Ask), Meeting> _meetings = new();
    private long _lastAsk;

    /// <summary>Waits for the log after giving the order for it, and copies it.</summary>
    /// <param name="node">The node that has it.</param>
    /// <param name="orderAsync">Gives the order, with the number of the question.</param>
    /// <param name="target">Receives the log.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task FetchAsync(NodeId node, Func<long, Task> orderAsync, Stream target, CancellationToken cancellationToken) =>
        FetchAsync(node, orderAsync, target, "the log", options.MaxLogDelay, cancellationToken);

    /// <summary>The same for an answer of another kind.</summary>
    /// <param name="node">The node that is asked.</param>
    /// <param name="orderAsync">Gives the order, with the number of the question.</param>
    /// <param name="maxDelay">How long it may take to answer.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<NodeTrial> AskAsync(NodeId node, Func<long, Task> orderAsync, TimeSpan maxDelay, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[options.MaxMessageBytes];
        using var answer = new MemoryStream(buffer);
        try
        {
            await FetchAsync(node, orderAsync, answer, "its answer", maxDelay, cancellationToken);
        }
        catch (NotSupportedException)
        {
            throw Malformed(node); // it is longer than the buffer
        }

        return ProtocolJson.TryRead(buffer.AsSpan(0, (int)answer.Position), out NodeTrial trial) ? trial : throw Malformed(node);
    }

    private async Task FetchAsync(
        NodeId node, Func<long, Task> orderAsync, Stream target, string what, TimeSpan maxDelay, CancellationToken cancellationToken)
    {
        (NodeId Node, long Ask) key = (node, Interlocked.Increment(ref _lastAsk));
        var meeting = new Meeting();
        _meetings.TryAdd(key, meeting);
        try
        {
            await orderAsync(key.Ask);
            Stream answer = await meeting.Posted.Task.WaitAsync(maxDelay, time, cancellationToken);
            await answer.CopyToAsync(target, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new RowenException(ErrorCode.PeerLost, $"{node} did not send {what} within {maxDelay.TotalSeconds} s.");
        }
        finally
        {
            _meetings.TryRemove(key, out _);
            meeting.Copied.TrySetResult();
        }
    }

    private static RowenException Malformed(NodeId node) =>
        new(ErrorCode.MalformedMessage, $"What {node} answered is no trial of fabrics: is its agent of another version?");

    /// <summary>Offers what an agent posts, and waits until it was copied.</summary>
    /// <returns>False if nobody waits for it any more.</returns>
    public async Task<bool> OfferAsync(NodeId node, long ask, Stream answer, CancellationToken cancellationToken)
    {
        if (!_meetings.TryRemove((node, ask), out Meeting? meeting))
        {
            return false;
        }

        meeting.Posted.TrySetResult(answer);
        await meeting.Copied.Task.WaitAsync(cancellationToken);
        return true;
    }

    private sealed class Meeting
    {
        public TaskCompletionSource<Stream> Posted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Copied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
