using System.Runtime.InteropServices;

namespace Rowen.Fabric.Libfabric.Binding;

/// <summary>struct fid: what each of libfabric's objects begins with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Fid
{
    public nuint Fclass;
    public void* Context;
    public FiOps* Ops;
}

/// <summary>struct fid_fabric.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidFabric
{
    public Fid Fid;
    public FiOpsFabric* Ops;
    public uint ApiVersion;
}

/// <summary>struct fid_domain.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidDomain
{
    public Fid Fid;
    public FiOpsDomain* Ops;
    public FiOpsMr* Mr;
}

/// <summary>struct fid_av: an address vector.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidAv
{
    public Fid Fid;
    public FiOpsAv* Ops;
}

/// <summary>struct fid_cq: a completion queue.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidCq
{
    public Fid Fid;
    public FiOpsCq* Ops;
}

/// <summary>struct fid_mr: a memory registration.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidMr
{
    public Fid Fid;
    public void* MemDesc;
    public ulong Key;
}

/// <summary>struct fid_ep: an endpoint.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FidEp
{
    public Fid Fid;
    public void* Ops;
    public FiOpsCm* Cm;
    public FiOpsMsg* Msg;
    public FiOpsRma* Rma;
}
