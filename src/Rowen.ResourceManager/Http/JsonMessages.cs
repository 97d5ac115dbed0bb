using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Rowen.Protocol;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Http;

/// <summary>Reads and writes messages of HTTP bodies.</summary>
internal static class JsonMessages
{
    /// <summary>Reads the body of a request, which must be one message.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: it is not.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new RowenException(
                ErrorCode.BadRequest,
                $"The body of {context.Request.Method} {context.Request.Path} is not a {typeof(T).Name}: {exception.Message}",
                exception);
        }
    }

    public static Task WriteAsync<T>(HttpContext context, T message)
        where T : class
    {
        byte[] json = ProtocolJson.Write(message);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    /// <summary>Lets one request have a larger body than messages have.</summary>
    public static void AllowBody(HttpContext context, long maxBytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = maxBytes;
        }
    }
}
