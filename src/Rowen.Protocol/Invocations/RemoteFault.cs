namespace Rowen.Protocol.Invocations;

/// <summary>A function's own exception, as the reply carries it: UTF-8 JSON, cut to fit the slot.</summary>
/// <param name="TypeName">Full name of the exception's type.</param>
/// <param name="Message">Its message.</param>
/// <param name="StackTrace">Where it was thrown, on the executor.</param>
/// <param name="Inner">What caused it, if anything.</param>
public sealed record RemoteFault(string TypeName, string Message, string? StackTrace, RemoteFault? Inner);
