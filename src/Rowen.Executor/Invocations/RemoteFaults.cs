using System.Reflection;
using Rowen.Executor.Functions;
using Rowen.ObjectStorage;
using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Invocations;

/// <summary>Turns what a function threw into what the caller is told.</summary>
internal static class RemoteFaults
{
    private const int MaxDepth = 8;
    private const int MaxTextLength = 16_384;

    /// <summary>Of a loop over a million items each may have failed: the caller learns of that many, in at most a mebibyte of text.</summary>
    private const int MaxFaults = 32;

    public static byte[] Describe(Exception exception)
    {
        int left = MaxFaults;
        return ProtocolJson.Write(Describe(Unwrap(exception), depth: 0, ref left));
    }

    /// <summary>What the caller is told that happened.</summary>
    /// <param name="exception">What came out of it.</param>
    /// <param name="function">A function of users' may call others itself: what became of those calls must not be taken for what became of this one.</param>
    public static ErrorCode CodeOf(Exception exception, LoadedFunction function) => Unwrap(exception) switch
    {
        MapException or InvocationException => ErrorCode.FunctionFailed,
        RowenException known when !function.IsOurs && IsOfALease(known.Code) => ErrorCode.FunctionFailed,
        RowenException known => known.Code,
        OutOfMemoryException => ErrorCode.OutOfMemory,
        StoreFailedException => ErrorCode.StoreFailed,
        _ => ErrorCode.FunctionFailed,
    };

    /// <summary>Said of an invocation of ours, these mean that it was lost with its lease.</summary>
    private static bool IsOfALease(ErrorCode code) => code is ErrorCode.NotExecuted or ErrorCode.Unknown or ErrorCode.DeadlineExceeded
        or ErrorCode.PeerLost or ErrorCode.LeaseEnded or ErrorCode.LeaseExpired or ErrorCode.LeaseReleased or ErrorCode.LeaseRevoked;

    private static RemoteFault Describe(Exception exception, int depth, ref int left)
    {
        left--;
        var causes = new List<RemoteFault>();
        foreach (Exception cause in CausesOf(exception))
        {
            if (depth < MaxDepth && left > 0)
            {
                causes.Add(Describe(cause, depth + 1, ref left));
            }
        }

        return new RemoteFault(
            exception.GetType().FullName ?? exception.GetType().Name,
            Cut(exception.Message),
            exception.StackTrace is { } trace ? Cut(trace) : null,
            causes.FirstOrDefault())
        {
            Others = causes.Count > 1 ? causes[1..] : null,
        };
    }

    private static Exception[] CausesOf(Exception exception) => exception switch
    {
        AggregateException several => [.. several.InnerExceptions],
        { InnerException: { } inner } => [inner],
        _ => [],
    };

    /// <summary>Wrappers that the runtime puts around what user code threw say nothing of their own.</summary>
    private static Exception Unwrap(Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions: [{ } only] } => Unwrap(only),
        _ => exception,
    };

    private static string Cut(string text) => text.Length <= MaxTextLength ? text : text[..MaxTextLength] + "…";
}
