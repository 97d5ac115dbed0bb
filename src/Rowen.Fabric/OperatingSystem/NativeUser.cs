using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

internal static partial class NativeUser
{
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();
}
