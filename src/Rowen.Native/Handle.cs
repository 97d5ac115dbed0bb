using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>What C holds of an object: an opaque pointer that keeps it alive until it is given back.</summary>
internal static class Handle
{
    public static nint Of(object target) => GCHandle.ToIntPtr(GCHandle.Alloc(target));

    /// <summary>The object of a handle.</summary>
    /// <exception cref="ArgumentException">It is NULL, or of another kind.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T To<T>(nint handle)
        where T : class => handle != 0 && GCHandle.FromIntPtr(handle).Target is T target ? target : throw NoHandle(typeof(T), handle);

    /// <summary>Ends a handle's life.</summary>
    /// <returns>Its object; null for NULL.</returns>
    public static T? Free<T>(nint handle)
        where T : class
    {
        if (handle == 0)
        {
            return null;
        }

        T target = To<T>(handle);
        GCHandle.FromIntPtr(handle).Free();
        return target;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ArgumentException NoHandle(Type type, nint handle) => new(
        $"{(handle == 0 ? "NULL is" : "That is")} no handle of a {type.Name}: pass what the library gave, until it is given back.", nameof(handle));
}
