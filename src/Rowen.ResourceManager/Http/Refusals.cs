using Microsoft.AspNetCore.Http.Features;
using Rowen.Protocol;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Http;

/// <summary>Turns every refusal into an <see cref="ErrorAnswer"/> with a fitting HTTP status.</summary>
internal sealed class Refusals(ILogger<Refusals> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (RowenException exception)
        {
            await RefuseAsync(context, new ErrorAnswer(exception.Code, exception.Message));
        }
        catch (BadHttpRequestException exception)
        {
            string what = $"{context.Request.Method} {context.Request.Path} was not understood: {exception.Message}";
            await RefuseAsync(context, new ErrorAnswer(ErrorCode.BadRequest, what), exception.StatusCode);
        }
        catch (Exception exception) when (IsEndOfClient(exception, context))
        {
            context.Abort(); // nobody is there to answer
        }
#pragma warning disable CA1031 // the last resort: whatever it is, the client hears of it and the manager lives on
        catch (Exception exception)
#pragma warning restore CA1031
        {
            HttpLog.Failed(logger, context.Request.Method, context.Request.Path, exception);
            await RefuseAsync(context, new ErrorAnswer(
                ErrorCode.Internal, $"{context.Request.Method} {context.Request.Path} failed; the manager's log says more."));
        }
    }

    public static Task RefuseAsync(HttpContext context, ErrorAnswer error) =>
        RefuseAsync(context, error, StatusOf(error.Code));

    private static async Task RefuseAsync(HttpContext context, ErrorAnswer error, int status)
    {
        if (context.Response.HasStarted)
        {
            context.Abort(); // half an answer must not look like a whole one
            return;
        }

        context.Response.Clear();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = 0; // what is left of the request is not worth reading
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(ProtocolJson.Write(error), context.RequestAborted);
    }

    private static bool IsEndOfClient(Exception exception, HttpContext context) =>
        exception is ObjectDisposedException { ObjectName: nameof(IServiceProvider) } // the manager ends while the request comes in
        || (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);

    private static int StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.BadRequest or ErrorCode.MalformedMessage => StatusCodes.Status400BadRequest,
        ErrorCode.NotAuthenticated => StatusCodes.Status401Unauthorized,
        ErrorCode.UnknownLease or ErrorCode.UnknownNode or ErrorCode.UnknownPackage => StatusCodes.Status404NotFound,
        ErrorCode.PackageTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.PackageHashDiffers => StatusCodes.Status422UnprocessableEntity,
        ErrorCode.QueueFull => StatusCodes.Status429TooManyRequests,
        ErrorCode.ManagerUnreachable => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.StorageFailed => StatusCodes.Status507InsufficientStorage,
        ErrorCode.Internal => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status409Conflict,
    };
}
