using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary><c>rowen_map_item</c>, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapItemOfC
{
    public nuint Index;
    public byte* Data;
    public nuint Size;
    public int Code;
    public int Core;
    public double DurationSeconds;
}
