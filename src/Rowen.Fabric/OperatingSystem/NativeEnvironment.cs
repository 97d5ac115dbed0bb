using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The environment that native libraries see: .NET keeps a copy of its own, and changes only that.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Gives a variable its value, unless the user has given it one. Not while other native code may read the environment.</summary>
    public static void SetUnlessSet(string name, string value) => _ = Set(name, value, overwrite: 0);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);
}
