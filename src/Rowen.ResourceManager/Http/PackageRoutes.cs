using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.CodePackages;

namespace Rowen.ResourceManager.Http;

/// <summary>Code packages, in and out.</summary>
internal sealed class PackageRoutes(PackageStore packages)
{
    private const string ArchiveType = "application/x-tar";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/packages/{id}", [HttpMethods.Head], HeadAsync);
        routes.MapGet("/v1/packages/{id}", GetAsync);
        routes.MapPut("/v1/packages/{id}", PutAsync);
    }

    private Task HeadAsync(HttpContext context)
    {
        CodePackageId package = RequestParts.PackageOf(context);
        context.Response.StatusCode = packages.TryGetBytes(package, out _)
            ? StatusCodes.Status200OK
            : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private Task GetAsync(HttpContext context)
    {
        CodePackageId package = RequestParts.PackageOf(context);
        context.Response.ContentType = ArchiveType;
        return packages.WriteAsync(package, context.Response.Body, context.RequestAborted);
    }

    private async Task PutAsync(HttpContext context)
    {
        JsonMessages.AllowBody(context, packages.MaxArchiveBytes);
        CodePackageId package = RequestParts.PackageOf(context);
        try
        {
            bool isNew = await packages.PutAsync(package, context.Request.Body, context.RequestAborted);
            context.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RowenException(
                ErrorCode.PackageTooLarge,
                $"Code package {package.ToShortString()}… is larger than this manager takes: see the option Packages:MaxPackageBytes.",
                exception);
        }
    }
}
