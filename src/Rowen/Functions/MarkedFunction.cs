using System.Reflection;

namespace Rowen.Functions;

/// <summary>Names of functions by their methods.</summary>
internal static class MarkedFunction
{
    /// <summary>The name of a static method marked <see cref="FunctionAttribute"/>; null of anything else, which travels as a lambda.</summary>
    public static string? NameOrNone(Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        MethodInfo method = function.Method;
        bool isPlain = function.HasSingleTarget && function.Target is null && method is { IsStatic: true, ContainsGenericParameters: false, IsGenericMethod: false }
            && method.DeclaringType is { IsGenericType: false };
        return isPlain && method.GetCustomAttribute<FunctionAttribute>() is { } mark ? mark.Name ?? method.Name : null;
    }
}
