using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Http;

/// <summary>What agents say and hear.</summary>
internal sealed class NodeRoutes(ManagerLoop loop, AnswerRelay answers, HttpOptions options, TimeProvider time)
{
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/nodes", JoinAsync);
        routes.MapGet("/v1/nodes", ListAsync);
        routes.MapGet("/v1/nodes/{id}/orders", SendOrdersAsync);
        routes.MapGet("/v1/nodes/{id}/fabrics/{peer}", TryFabricsAsync);
        routes.MapPost("/v1/nodes/{id}/reports", ReportAsync);
        routes.MapPost("/v1/nodes/{id}/answers/{ask}", TakeAnswerAsync);
    }

    private static RowenException Unknown(NodeId node) =>
        new(ErrorCode.UnknownNode, $"{node} is not known (any more): join again.");

    private async Task JoinAsync(HttpContext context)
    {
        NodeJoin join = await JsonMessages.ReadAsync(context, ProtocolJson.Default.NodeJoin);
        NodeMessageRules.Check(join);
        (NodeWelcome? welcome, ErrorAnswer? error) = await loop.AskAsync(
            (table, nowMs, effects) => table.Join(join, nowMs, effects), context.RequestAborted);
        await (welcome is null ? Refusals.RefuseAsync(context, error!) : JsonMessages.WriteAsync(context, welcome));
    }

    private async Task ListAsync(HttpContext context) => await JsonMessages.WriteAsync(
        context, await loop.AskAsync((table, nowMs, _) => table.Nodes(nowMs), context.RequestAborted));

    private async Task ReportAsync(HttpContext context)
    {
        NodeId node = RequestParts.NodeOf(context);
        NodeReport report = await JsonMessages.ReadAsync(context, ProtocolJson.Default.NodeReport);
        NodeMessageRules.Check(report);
        bool isKnown = await loop.AskAsync(
            (table, nowMs, effects) => table.Report(node, report, nowMs, effects), context.RequestAborted);
        if (!isKnown)
        {
            throw Unknown(node);
        }

        await JsonMessages.WriteAsync(context, new NodeReportAnswer(loop.Epoch));
    }

    private async Task TakeAnswerAsync(HttpContext context)
    {
        JsonMessages.AllowBody(context, options.MaxLogBytes);
        NodeId node = RequestParts.NodeOf(context);
        long ask = RequestParts.AskOf(context);
        if (!await answers.OfferAsync(node, ask, context.Request.Body, context.RequestAborted))
        {
            throw new RowenException(ErrorCode.BadRequest, $"Nobody waits for this log of {node} (any more).");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>One node listens, the other tries; the secret between them goes through here, and no further.</summary>
    private async Task TryFabricsAsync(HttpContext context)
    {
        NodeId from = RequestParts.NodeOf(context);
        NodeId to = RequestParts.PeerOf(context);
        if (from == to)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{from} need not reach itself: name two nodes.");
        }

        NodeView[] nodes = await loop.AskAsync((table, nowMs, _) => table.Nodes(nowMs), context.RequestAborted);
        RequireUp(nodes, from);
        RequireUp(nodes, to);
        NodeTrial place = await AskAsync(to, new NodeOrder { Kind = NodeOrderKind.ServeFabrics }, options.MaxLogDelay, context.RequestAborted);
        NodeTrial trial = place.Problem is null
            ? await AskAsync(
                from,
                new NodeOrder { Kind = NodeOrderKind.TryFabrics, Peer = place.Address, Secret = place.Secret },
                options.MaxTrialDelay,
                context.RequestAborted)
            : place;
        await JsonMessages.WriteAsync(context, trial with { Address = place.Address, Secret = null });
    }

    private Task<NodeTrial> AskAsync(NodeId node, NodeOrder order, TimeSpan maxDelay, CancellationToken cancellationToken) =>
        answers.AskAsync(node, ask => loop.TellAsync(node, order with { Ask = ask }, cancellationToken), maxDelay, cancellationToken);

    private static void RequireUp(NodeView[] nodes, NodeId node)
    {
        string state = Array.Find(nodes, each => each.Id == node)?.State
            ?? throw new RowenException(ErrorCode.UnknownNode, $"{node} is not a node of this cluster: see `rowen nodes`.");
        if (state != "up")
        {
            throw new RowenException(ErrorCode.PeerLost, $"{node} is {state}: only nodes that are up can try fabrics.");
        }
    }

    private async Task SendOrdersAsync(HttpContext context)
    {
        NodeId node = RequestParts.NodeOf(context);
        OrderStream stream = await loop.OpenOrdersAsync(node) ?? throw Unknown(node);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await SendOrdersAsync(context, stream);
        }
        finally
        {
            await loop.CloseOrdersAsync(node, stream);
        }
    }

    private async Task SendOrdersAsync(HttpContext context, OrderStream stream)
    {
        var heartbeat = new NodeOrder { Kind = NodeOrderKind.Heartbeat, Epoch = loop.Epoch };
        WriteEvent(context, heartbeat); // the agent knows at once that it is heard
        Task<bool> more = stream.Orders.WaitToReadAsync(context.RequestAborted).AsTask();
        while (true)
        {
            await FlushAsync(context);
            if (await HasOrderAsync(more) is not { } hasOrder)
            {
                WriteEvent(context, heartbeat);
                continue;
            }

            if (!hasOrder)
            {
                return; // the manager ends, another stream took over, or the agent was too slow
            }

            while (stream.Orders.TryRead(out NodeOrder? order))
            {
                WriteEvent(context, order);
            }

            more = stream.Orders.WaitToReadAsync(context.RequestAborted).AsTask();
        }
    }

    /// <summary>Waits for the next order, or the next heartbeat's time: none then.</summary>
    private async Task<bool?> HasOrderAsync(Task<bool> more)
    {
        try
        {
            return await more.WaitAsync(HeartbeatPeriod, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static void WriteEvent(HttpContext context, NodeOrder order)
    {
        System.IO.Pipelines.PipeWriter body = context.Response.BodyWriter;
        System.Buffers.BuffersExtensions.Write(body, "data: "u8);
        System.Buffers.BuffersExtensions.Write(body, ProtocolJson.Write(order));
        System.Buffers.BuffersExtensions.Write(body, "\n\n"u8);
    }

    /// <summary>An agent that does not read gets its stream cut, and comes back for all of it.</summary>
    private async Task FlushAsync(HttpContext context)
    {
        try
        {
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask().WaitAsync(options.MaxOrderStall, time);
        }
        catch (TimeoutException)
        {
            context.Abort();
            throw new OperationCanceledException(context.RequestAborted);
        }
    }
}
