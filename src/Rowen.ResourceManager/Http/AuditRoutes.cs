using Rowen.ResourceManager.Auditing;

namespace Rowen.ResourceManager.Http;

/// <summary>What administrators ask about the past.</summary>
internal sealed class AuditRoutes(AuditLog audit, TimeProvider time)
{
    /// <summary>Moments before the first are none.</summary>
    private const long MaxAgeMs = 3_660L * 86_400_000;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/audit", ReadAsync);

    private async Task ReadAsync(HttpContext context)
    {
        long ageMs = Math.Min(RequestParts.NumberOf(context, "ageMs") ?? MaxAgeMs, MaxAgeMs);
        DateTimeOffset since = time.GetUtcNow() - TimeSpan.FromMilliseconds(ageMs);
        // Megabytes of files: not on the thread that other calls come in on.
        await JsonMessages.WriteAsync(context, await Task.Run(() => audit.Read(since), context.RequestAborted));
    }
}
