using System.Runtime.InteropServices;

namespace Rowen.Fabric.Libfabric.Binding;

/// <summary>struct fi_cq_entry: of a queue whose format is FI_CQ_FORMAT_CONTEXT.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiCqEntry
{
    public void* OpContext;
}

/// <summary>struct fi_cq_data_entry: of a queue whose format is FI_CQ_FORMAT_DATA.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiCqDataEntry
{
    public void* OpContext;
    public ulong Flags;
    public nuint Len;
    public void* Buf;
    public ulong Data;
}

/// <summary>struct fi_cq_err_entry up to what is used; it has grown at its end, so give libfabric more room than this.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiCqErrEntry
{
    public void* OpContext;
    public ulong Flags;
    public nuint Len;
    public void* Buf;
    public ulong Data;
    public ulong Tag;
    public nuint Olen;
    public int Err;
    public int ProvErrno;
    public void* ErrData;
    public nuint ErrDataSize;
}

/// <summary>struct fi_context2: room that some providers need while an operation is under way; its address names the operation.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FiContext2
{
    public Words Internal;

    /// <summary>void* internal[8].</summary>
    [System.Runtime.CompilerServices.InlineArray(8)]
    public struct Words
    {
        private nint _first;
    }
}

/// <summary>struct iovec of the system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Iovec
{
    public void* IovBase;
    public nuint IovLen;
}

/// <summary>struct fi_rma_iov: where in the peer's memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FiRmaIov
{
    public ulong Addr;
    public nuint Len;
    public ulong Key;
}

/// <summary>struct fi_msg_rma: an RMA operation with flags of its own.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiMsgRma
{
    public Iovec* MsgIov;
    public void** Desc;
    public nuint IovCount;
    public ulong Addr;
    public FiRmaIov* RmaIov;
    public nuint RmaIovCount;
    public void* Context;
    public ulong Data;
}
