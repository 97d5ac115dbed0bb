using System.Runtime.InteropServices;

namespace Rowen.Fabric.Libfabric.Binding;

/// <summary>struct fi_ops: what can be done with every object.</summary>
/// <remarks>
/// Operation tables are read anew at each call: control calls may exchange them. What is not called is an <c>nint</c>; a table
/// ends with the last operation that is.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOps
{
    public nuint Size;
    public delegate* unmanaged<void*, int> Close;
    public delegate* unmanaged<void*, void*, ulong, int> Bind;
    public delegate* unmanaged<void*, int, void*, int> Control;
}

/// <summary>struct fi_ops_fabric.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsFabric
{
    public nuint Size;
    public delegate* unmanaged<FidFabric*, FiInfo*, FidDomain**, void*, int> Domain;
    public nint PassiveEp;
    public nint EqOpen;
    public nint WaitOpen;
    public delegate* unmanaged<FidFabric*, Fid**, int, int> Trywait;
}

/// <summary>struct fi_ops_domain.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsDomain
{
    public nuint Size;
    public delegate* unmanaged<FidDomain*, FiAvAttr*, FidAv**, void*, int> AvOpen;
    public delegate* unmanaged<FidDomain*, FiCqAttr*, FidCq**, void*, int> CqOpen;
    public delegate* unmanaged<FidDomain*, FiInfo*, FidEp**, void*, int> Endpoint;
}

/// <summary>struct fi_ops_mr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsMr
{
    public nuint Size;
    public delegate* unmanaged<FidDomain*, void*, nuint, ulong, ulong, ulong, ulong, FidMr**, void*, int> Reg;
}

/// <summary>struct fi_ops_av.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsAv
{
    public nuint Size;
    public delegate* unmanaged<FidAv*, void*, nuint, ulong*, ulong, void*, int> Insert;
    public nint Insertsvc;
    public nint Insertsym;
    public delegate* unmanaged<FidAv*, ulong*, nuint, ulong, int> Remove;
}

/// <summary>struct fi_ops_cq.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsCq
{
    public nuint Size;
    public delegate* unmanaged<FidCq*, void*, nuint, nint> Read;
    public nint Readfrom;
    public delegate* unmanaged<FidCq*, void*, ulong, nint> Readerr;
}

/// <summary>struct fi_ops_cm.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsCm
{
    public nuint Size;
    public nint Setname;
    public delegate* unmanaged<void*, void*, nuint*, int> Getname;
}

/// <summary>struct fi_ops_msg.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsMsg
{
    public nuint Size;
    public delegate* unmanaged<FidEp*, void*, nuint, void*, ulong, void*, nint> Recv;
    public nint Recvv;
    public nint Recvmsg;
    public delegate* unmanaged<FidEp*, void*, nuint, void*, ulong, void*, nint> Send;
}

/// <summary>struct fi_ops_rma.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FiOpsRma
{
    public nuint Size;
    public delegate* unmanaged<FidEp*, void*, nuint, void*, ulong, ulong, ulong, void*, nint> Read;
    public nint Readv;
    public nint Readmsg;
    public delegate* unmanaged<FidEp*, void*, nuint, void*, ulong, ulong, ulong, void*, nint> Write;
    public nint Writev;
    public delegate* unmanaged<FidEp*, FiMsgRma*, ulong, nint> Writemsg;
    public nint Inject;
    public delegate* unmanaged<FidEp*, void*, nuint, void*, ulong, ulong, ulong, ulong, void*, nint> Writedata;
}
