using System.Runtime.InteropServices;

namespace Rowen.Fabric.Libfabric.Binding;

/// <summary>struct fi_info. Libfabric allocates it (fi_dupinfo), so that newer fields at its end do no harm.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiInfo
{
    public FiInfo* Next;
    public ulong Caps;
    public ulong Mode;
    public uint AddrFormat;
    public nuint SrcAddrlen;
    public nuint DestAddrlen;
    public void* SrcAddr;
    public void* DestAddr;
    public void* Handle;
    public FiTxAttr* TxAttr;
    public FiRxAttr* RxAttr;
    public FiEpAttr* EpAttr;
    public FiDomainAttr* DomainAttr;
    public FiFabricAttr* FabricAttr;
}

/// <summary>The beginning of struct fi_tx_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FiTxAttr
{
    public ulong Caps;
    public ulong Mode;
    public ulong OpFlags;
    public ulong MsgOrder;
    public ulong CompOrder;
    public nuint InjectSize;
    public nuint Size;
}

/// <summary>The beginning of struct fi_rx_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FiRxAttr
{
    public ulong Caps;
    public ulong Mode;
    public ulong OpFlags;
    public ulong MsgOrder;
    public ulong CompOrder;
    public nuint TotalBufferedRecv;
    public nuint Size;
}

/// <summary>struct fi_ep_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiEpAttr
{
    public int Type;
    public uint Protocol;
    public uint ProtocolVersion;
    public nuint MaxMsgSize;
    public nuint MsgPrefixSize;
    public nuint MaxOrderRawSize;
    public nuint MaxOrderWarSize;
    public nuint MaxOrderWawSize;
    public ulong MemTagFormat;
    public nuint TxCtxCnt;
    public nuint RxCtxCnt;
    public nuint AuthKeySize;
    public byte* AuthKey;
}

/// <summary>struct fi_domain_attr up to what is used.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiDomainAttr
{
    public void* Domain;
    public byte* Name;
    public int Threading;
    public int ControlProgress;
    public int DataProgress;
    public int ResourceMgmt;
    public int AvType;
    public int MrMode;
    public nuint MrKeySize;
    public nuint CqDataSize;
    public nuint CqCnt;
    public nuint EpCnt;
    public nuint TxCtxCnt;
    public nuint RxCtxCnt;
    public nuint MaxEpTxCtx;
    public nuint MaxEpRxCtx;
    public nuint MaxEpStxCtx;
    public nuint MaxEpSrxCtx;
    public nuint CntrCnt;
    public nuint MrIovLimit;
    public ulong Caps;
    public ulong Mode;
    public byte* AuthKey;
    public nuint AuthKeySize;
}

/// <summary>struct fi_fabric_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiFabricAttr
{
    public void* Fabric;
    public byte* Name;
    public byte* ProvName;
    public uint ProvVersion;
    public uint ApiVersion;
}

/// <summary>struct fi_av_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiAvAttr
{
    public int Type;
    public int RxCtxBits;
    public nuint Count;
    public nuint EpPerNode;
    public byte* Name;
    public void* MapAddr;
    public ulong Flags;
}

/// <summary>struct fi_cq_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiCqAttr
{
    public nuint Size;
    public ulong Flags;
    public int Format;
    public int WaitObj;
    public int SignalingVector;
    public int WaitCond;
    public void* WaitSet;
}
