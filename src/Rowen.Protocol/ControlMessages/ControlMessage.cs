namespace Rowen.Protocol.ControlMessages;

/// <summary>Turns messages of control sockets into bytes and back.</summary>
/// <remarks>
/// Not JSON: an executor that starts for a lease would spend half of that start compiling a serializer, 45 ms on the
/// machine of docs/benchmarks.md.
/// </remarks>
public static class ControlMessage
{
    /// <summary>Writes a message.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="message">The message.</param>
    /// <returns>The payload of a control frame.</returns>
    public static byte[] Write<T>(T message)
        where T : class, IControlMessage<T>
    {
        var writer = new MessageWriter();
        message.WriteTo(writer);
        return writer.ToArray();
    }

    /// <summary>Reads a message that a peer sent; never throws on hostile bytes.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="payload">What arrived.</param>
    /// <param name="message">The message, when the bytes are one.</param>
    /// <returns>False if fields are missing, damaged, or followed by more.</returns>
    public static bool TryRead<T>(ReadOnlySpan<byte> payload, out T message)
        where T : class, IControlMessage<T>
    {
        var reader = new MessageReader(payload);
        message = T.ReadFrom(ref reader);
        return reader.IsWhole;
    }
}
