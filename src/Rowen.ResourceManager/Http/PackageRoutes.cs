using Rowen.Protocol.Audits;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.CodePackages;

namespace Rowen.ResourceManager.Http;

/// <summary>Code packages, in and out.</summary>
internal sealed class PackageRoutes(PackageStore packages, AuditLog audit)
{
    private const string ArchiveType = "application/x-tar";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/packages/{id}", [HttpMethods.Head], HeadAsync);
        routes.MapGet("/v1/packages/{id}", GetAsync);
        routes.MapPut("/v1/packages/{id}", context => PutAsync(context, packages.PutAsync));
        routes.MapPost("/v1/packages/{id}/lacking", AnnounceAsync);
        routes.MapPut("/v1/packages/{id}/changes", context => PutAsync(context, packages.PutChangesAsync));
        routes.MapGet("/v1/packages/{id}/manifest", GetManifestAsync);
        routes.MapPost("/v1/packages/{id}/files", GetFilesAsync);
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

    private async Task AnnounceAsync(HttpContext context)
    {
        CodePackageId package = RequestParts.PackageOf(context);
        byte[] manifest = await ReadManifestAsync(context);
        await AnswerAsync(context, packages.Announce(package, manifest));
    }

    private Task GetManifestAsync(HttpContext context) => AnswerAsync(context, packages.ManifestOf(RequestParts.PackageOf(context)));

    private async Task GetFilesAsync(HttpContext context)
    {
        CodePackageId package = RequestParts.PackageOf(context);
        byte[] wanted = await ReadManifestAsync(context);
        context.Response.ContentType = ArchiveType;
        await packages.WriteAsync(package, wanted, context.Response.Body, context.RequestAborted);
    }

    private async Task<byte[]> ReadManifestAsync(HttpContext context)
    {
        JsonMessages.AllowBody(context, packages.MaxManifestBytes);
        using var text = new MemoryStream();
        await context.Request.Body.CopyToAsync(text, context.RequestAborted);
        return text.ToArray();
    }

    private static Task AnswerAsync(HttpContext context, CodePackageManifest manifest)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.Body.WriteAsync(manifest.ToUtf8(), context.RequestAborted).AsTask();
    }

    private async Task PutAsync(HttpContext context, Func<CodePackageId, Stream, CancellationToken, Task<bool>> putAsync)
    {
        JsonMessages.AllowBody(context, packages.MaxArchiveBytes);
        CodePackageId package = RequestParts.PackageOf(context);
        try
        {
            bool isNew = await putAsync(package, context.Request.Body, context.RequestAborted);
            if (isNew)
            {
                audit.Write(new AuditEntry { Event = AuditEvent.PackageRegistered, User = Caller.UserOf(context), What = package.ToString() });
            }

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
