using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>What a call returns, and the sentence beside it, which each thread has for itself.</summary>
internal static unsafe class NativeError
{
    public const int Ok = 0;

    /// <summary>Every slot is taken.</summary>
    public const int Again = 1;

    public const int BadArgument = 2;

    public const int Forked = 3;

    /// <summary>Nothing more comes.</summary>
    public const int Done = 4;

    public const int NoObject = 5;

    private static readonly byte* Empty = (byte*)NativeMemory.AllocZeroed(1);

    [ThreadStatic]
    private static byte* t_last;

    /// <summary>The last failure of this thread, as C reads it.</summary>
    public static byte* Last => t_last is null ? Empty : t_last;

    public static int Fail(int code, string sentence)
    {
        Marshal.FreeCoTaskMem((nint)t_last);
        t_last = (byte*)Marshal.StringToCoTaskMemUTF8(sentence);
        return code;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Fail(Exception exception) => exception switch
    {
        RowenException rowen => Fail((int)rowen.Code, rowen.Message),
        ArgumentException or ObjectDisposedException => Fail(BadArgument, exception.Message),
        _ => Fail((int)ErrorCode.Internal, $"A defect of Rowen, please report it: {exception}"),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Fail(in InvocationResult result) => Fail((int)result.Error, result.Message ?? string.Empty);
}
