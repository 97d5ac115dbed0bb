using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>What a polling loop does between two looks: the other half of a core that runs two threads gets its share.</summary>
public static class SpinPause
{
    /// <summary>Pauses for some nanoseconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Once()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
        else if (ArmBase.IsSupported)
        {
            ArmBase.Yield();
        }
    }
}
