namespace Rowen.Protocol.Errors;

/// <summary>The one exception type of the platform; <see cref="Code"/> says what happened.</summary>
/// <remarks>
/// Control-plane calls throw it. A caller's own cancellation is always <see cref="OperationCanceledException"/>.
/// </remarks>
public class RowenException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="code">What happened.</param>
    /// <param name="message">One sentence: what was attempted, on which lease or node, and what to do.</param>
    /// <param name="cause">The lower error, if any.</param>
    public RowenException(ErrorCode code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>What happened.</summary>
    public ErrorCode Code { get; }

    /// <summary>Whether the same call may succeed later or elsewhere, unchanged, without running anything twice.</summary>
    public bool IsRetryable => Code is ErrorCode.CapacityExhausted or ErrorCode.QueueFull or ErrorCode.NotExecuted
        or ErrorCode.LeaseEnded or ErrorCode.LeaseExpired or ErrorCode.LeaseRevoked or ErrorCode.ManagerUnreachable
        or ErrorCode.StorageFailed;
}
