using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>An item of a map without a result.</summary>
/// <param name="Index">Position of the item in the input, from 0.</param>
/// <param name="Error">Why; an <see cref="InvocationException"/> with the remote stack trace if it was the function's own.</param>
public sealed record MapFailure(long Index, RowenException Error);
