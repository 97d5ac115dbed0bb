using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The environment that native libraries see: .NET keeps a copy of its own, and changes only that. Thread safety: none.</summary>
public static partial class NativeEnvironment
{
    /// <summary>Gives a variable its value, unless the user has given it one. Not while other native code may read the environment.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    public static void SetUnlessSet(string name, string value) => _ = Set(name, value, overwrite: 0);

    /// <summary>Gives a variable its value, whatever it had, or takes it away: null. Not while other native code may read the environment.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    public static void Set(string name, string? value) => _ = value is null ? Unset(name) : Set(name, value, overwrite: 1);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unset(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);
}
