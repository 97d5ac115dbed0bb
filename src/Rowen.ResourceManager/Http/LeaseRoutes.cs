using Rowen.Protocol;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager.Http;

/// <summary>What clients and people ask: leases, their executors, logs and usage.</summary>
internal sealed class LeaseRoutes(ManagerLoop loop, AnswerRelay answers, AuditLog audit)
{
    private const int MaxWhyLength = 500;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/leases", RequestAsync);
        routes.MapGet("/v1/leases", ListAsync);
        routes.MapGet("/v1/leases/{id}", ShowAsync);
        routes.MapGet("/v1/leases/{id}/executor", ShowExecutorAsync);
        routes.MapPost("/v1/leases/{id}/renew", RenewAsync);
        routes.MapDelete("/v1/leases/{id}", ReleaseAsync);
        routes.MapPost("/v1/leases/{id}/revoke", RevokeAsync);
        routes.MapGet("/v1/leases/{id}/logs", CopyLogAsync);
        routes.MapGet("/v1/usage", ShowUsageAsync);
    }

    private static Task AnswerAsync(HttpContext context, LeaseAnswer answer) => answer.Error is { } error
        ? Refusals.RefuseAsync(context, error)
        : JsonMessages.WriteAsync(context, answer.View!);

    private async Task RequestAsync(HttpContext context)
    {
        LeaseAsk ask = await JsonMessages.ReadAsync(context, ProtocolJson.Default.LeaseAsk);
        await AnswerAsync(context, await loop.RequestAsync(ask with { User = Caller.UserOf(context) }, context.RequestAborted));
    }

    private async Task ListAsync(HttpContext context) => await JsonMessages.WriteAsync(
        context, await loop.AskAsync((table, nowMs, _) => table.Leases(nowMs), context.RequestAborted));

    private async Task ShowUsageAsync(HttpContext context) => await JsonMessages.WriteAsync(
        context, await loop.AskAsync((table, nowMs, _) => table.Usage(nowMs), context.RequestAborted));

    private async Task ShowAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        // Without a version, none is known already: -1 is nobody's, and the answer comes at once.
        long version = RequestParts.NumberOf(context, "version") ?? -1;
        TimeSpan wait = RequestParts.WaitOf(context);
        await AnswerAsync(context, await loop.WaitForChangeAsync(lease, version, wait, context.RequestAborted));
    }

    private async Task ShowExecutorAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        TimeSpan wait = RequestParts.WaitOf(context);
        (ExecutorView? view, ErrorAnswer? error) = await loop.WaitForExecutorAsync(lease, wait, context.RequestAborted);
        if (view is null)
        {
            await Refusals.RefuseAsync(context, error ?? new ErrorAnswer(
                ErrorCode.DeadlineExceeded, $"The executor of {lease} is not ready yet. Ask again."));
            return;
        }

        await JsonMessages.WriteAsync(context, view);
    }

    private async Task RenewAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        await AnswerAsync(context, await loop.AskAsync(
            (table, nowMs, effects) => table.Renew(lease, nowMs, effects), context.RequestAborted));
    }

    private async Task ReleaseAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        await AnswerAsync(context, await loop.AskAsync(
            (table, nowMs, effects) => table.Release(lease, nowMs, effects), context.RequestAborted));
    }

    private async Task RevokeAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        RevokeAsk ask = await JsonMessages.ReadAsync(context, ProtocolJson.Default.RevokeAsk);
        ask = ask with { Why = ask.Why ?? string.Empty }; // it may be missing in the JSON
        LeaseAnswer answer = await loop.AskAsync((table, nowMs, effects) => table.Revoke(lease, ask, nowMs, effects), context.RequestAborted);
        if (answer.Error is null)
        {
            audit.Write(new AuditEntry
            {
                Event = AuditEvent.LeaseRevoked,
                User = Caller.UserOf(context),
                Lease = lease,
                What = LeaseAskRules.Printable(ask.Why, MaxWhyLength),
            });
        }

        await AnswerAsync(context, answer);
    }

    private async Task CopyLogAsync(HttpContext context)
    {
        LeaseId lease = RequestParts.LeaseOf(context);
        string stream = (string?)context.Request.Query["stream"] ?? "out";
        if (stream is not ("out" or "err"))
        {
            throw new RowenException(ErrorCode.BadRequest, $"stream={stream} is not a log; it must be out or err.");
        }

        (NodeId node, ErrorAnswer? error) =
            await loop.AskAsync((table, _, _) => table.FindLogKeeper(lease), context.RequestAborted);
        if (error is not null)
        {
            await Refusals.RefuseAsync(context, error);
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        await answers.FetchAsync(node, OrderAsync, context.Response.Body, context.RequestAborted);

        Task OrderAsync(long ask)
        {
            var order = new NodeOrder { Kind = NodeOrderKind.SendLog, Lease = lease, Ask = ask, Stream = stream };
            return loop.TellAsync(node, order, context.RequestAborted);
        }
    }
}
