using Rowen.ResourceManager.Limits;

namespace Rowen.ResourceManager.Http;

/// <summary>What people ask about their limits.</summary>
internal sealed class LimitRoutes(LimitsKeeper limits)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(
        "/v1/limits", async context => await JsonMessages.WriteAsync(context, await limits.ShowAsync(context.RequestAborted)));
}
