namespace Rowen.Protocol.Invocations;

/// <summary>A function's own exception, as the reply carries it: UTF-8 JSON, cut to fit the slot.</summary>
/// <param name="TypeName">Full name of the exception's type.</param>
/// <param name="Message">Its message.</param>
/// <param name="StackTrace">Where it was thrown, on the executor.</param>
/// <param name="Inner">What caused it, if anything.</param>
public sealed record RemoteFault(string TypeName, string Message, string? StackTrace, RemoteFault? Inner)
{
    /// <summary>What caused it besides <see cref="Inner"/>: of an exception that holds several, those behind the first. Null: nothing.</summary>
    public IReadOnlyList<RemoteFault>? Others { get; set; }
}
