using System.Globalization;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.ResourceManager.Http;

/// <summary>Reads identifiers and numbers out of paths and queries; what is wrong is refused by name.</summary>
internal static class RequestParts
{
    /// <summary>A client asks again after at most this long, so that a cut connection is noticed.</summary>
    private const long MaxWaitMs = 20_000;

    public static LeaseId LeaseOf(HttpContext context) =>
        Read<LeaseId>(context, "id", "a lease: leases look like L42");

    public static NodeId NodeOf(HttpContext context) => Read<NodeId>(context, "id", "a node: nodes look like N7");

    public static NodeId PeerOf(HttpContext context) => Read<NodeId>(context, "peer", "a node: nodes look like N7");

    public static CodePackageId PackageOf(HttpContext context) =>
        Read<CodePackageId>(context, "id", "a code package: 64 lower-case hexadecimal digits name one");

    public static long AskOf(HttpContext context) => Read<long>(context, "ask", "the number of a question");

    public static TimeSpan WaitOf(HttpContext context) =>
        TimeSpan.FromMilliseconds(Math.Min(NumberOf(context, "waitMs") ?? 0, MaxWaitMs));

    /// <summary>A number of the query, zero or more.</summary>
    /// <returns>None if the query has none.</returns>
    public static long? NumberOf(HttpContext context, string name)
    {
        string? text = context.Request.Query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new RowenException(ErrorCode.BadRequest, $"{name}={text} is not a number; it must be 0 or more.");
    }

    private static T Read<T>(HttpContext context, string name, string what)
        where T : IParsable<T>
    {
        string? text = context.Request.RouteValues[name] as string;
        return T.TryParse(text, CultureInfo.InvariantCulture, out T? value)
            ? value
            : throw new RowenException(ErrorCode.BadRequest, $"'{text}' is not {what}.");
    }
}
