using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>Why an attempt gave no result.</summary>
/// <param name="Error">The invocation's outcome.</param>
/// <param name="Loss">Why its lease ended; <see cref="ErrorCode.None"/> while it has not.</param>
/// <param name="Care">What was heeded in that attempt.</param>
/// <param name="TogetherCount">Items of its invocation: of several, nobody knows which did it.</param>
/// <param name="IsAlone">Whether nothing else could run on its lease.</param>
/// <param name="MemoryBytes">Memory of the lease.</param>
internal readonly record struct ItemTrouble(
    ErrorCode Error, ErrorCode Loss, ItemCare Care, int TogetherCount, bool IsAlone, long MemoryBytes);
