using System.Globalization;
using Rowen.Protocol;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.ResourceManager.Http;

/// <summary>What administrators ask about pilots, and how they stop them.</summary>
/// <param name="harvester">Null: this manager harvests nothing.</param>
/// <param name="audit">Hears who did.</param>
internal sealed class HarvestRoutes(Harvester? harvester, AuditLog audit)
{
    private const long MaxGraceMs = 86_400_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/harvest", context => JsonMessages.WriteAsync(context, harvester?.View ?? new HarvestView()));
        routes.MapPost("/v1/harvest", FreezeAsync);
    }

    private async Task FreezeAsync(HttpContext context)
    {
        FreezeAsk ask = await JsonMessages.ReadAsync(context, ProtocolJson.Default.FreezeAsk);
        if (harvester is null)
        {
            throw new RowenException(ErrorCode.BadRequest, "This cluster harvests nothing: it was not started with `rowen up --slurm`.");
        }

        if (ask.GraceMs is < 0 or > MaxGraceMs)
        {
            throw new RowenException(ErrorCode.BadRequest, "graceMs must be 0 to 86400000 (a day).");
        }

        audit.Write(new AuditEntry
        {
            Event = ask.IsFrozen ? AuditEvent.HarvestFrozen : AuditEvent.HarvestThawed,
            User = Caller.UserOf(context),
            What = ask.IsFrozen ? string.Create(CultureInfo.InvariantCulture, $"running invocations may finish within {ask.GraceMs} ms") : string.Empty,
        });
        harvester.Freeze(ask.IsFrozen, TimeSpan.FromMilliseconds(ask.GraceMs));
        await JsonMessages.WriteAsync(context, harvester.View with { IsFrozen = ask.IsFrozen });
    }
}
