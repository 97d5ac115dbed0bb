using Rowen.Commands;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Jobs;

/// <summary>Why an item has no result.</summary>
internal sealed record JobFault
{
    public ErrorCode Code { get; set; }

    public string Message { get; set; } = string.Empty;

    /// <summary>The exception's type on the executor.</summary>
    public string? Type { get; set; }

    /// <summary>The exception's message on the executor.</summary>
    public string? Told { get; set; }

    public string? Stack { get; set; }

    /// <summary>What a command that failed has left, in the file <c>results</c>: a <see cref="CommandReport"/>. Null where nothing ran.</summary>
    public ResultPlace? Report { get; set; }

    /// <summary>As it would have been thrown where the job was a map.</summary>
    public RowenException ToException() => new InvocationException(
        Code, Message, Type is null ? null : new RemoteFault(Type, Told ?? string.Empty, Stack, Inner: null));
}
