using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Functions;

/// <summary>One invocation as a function sees it: an input in place, and room for a result. One for each thread, reused.</summary>
internal abstract class FunctionCall
{
    /// <summary>Address of the input, aligned to 16 bytes.</summary>
    public nint InputAddress { get; protected set; }

    /// <summary>Length of the input.</summary>
    public ulong InputBytes { get; protected set; }

    /// <summary>Most bytes that the caller takes; at least the slot's.</summary>
    public ulong ResultCapacity { get; protected set; }

    /// <summary>Results up to here cost no memory of their own.</summary>
    public virtual ulong SlotBytes => ResultCapacity;

    /// <summary>Bytes behind the room that <see cref="Reserve"/> gave last, which are nobody's.</summary>
    public int SpareBytes { get; protected set; } = SlotLayout.CanaryBytes;

    /// <summary>Length of the result, which the function sets.</summary>
    public ulong ResultBytes { get; set; }

    /// <summary>The input as a span.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.InputTooLarge"/>: a span holds at most 2 GiB.</exception>
    public unsafe ReadOnlySpan<byte> Input => InputBytes <= int.MaxValue
        ? new ReadOnlySpan<byte>((void*)InputAddress, (int)InputBytes)
        : throw new RowenException(
            ErrorCode.InputTooLarge, $"A .NET function takes at most {int.MaxValue} bytes of input, not {InputBytes}. Use a native function.");

    /// <summary>Room for a result, in the caller's slot where it fits, else in memory from which the caller fetches it.</summary>
    /// <param name="lengthBytes">How much; a second call replaces the first, without keeping its bytes.</param>
    /// <returns>Address of the first byte, aligned to 16 bytes.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.ResultTooLarge"/>: beyond the caller's limit or the lease's memory.</exception>
    public abstract nint Reserve(ulong lengthBytes);
}
