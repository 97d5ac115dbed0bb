using System.Reflection;
using Rowen.Functions;

namespace Rowen.Executor.Functions;

/// <summary>Which methods can be functions.</summary>
internal static class FunctionForm
{
    /// <summary>Why a method cannot be called, as a clause; null if it can.</summary>
    public static string? FindFault(MethodInfo method, ParameterInfo[] parameters)
    {
        if (!method.IsStatic)
        {
            return "it is not static";
        }

        if (method.ContainsGenericParameters)
        {
            return "it, or its type, is generic";
        }

        if (BytesFunction.Matches(method, parameters))
        {
            return null;
        }

        if (parameters.Length > 1)
        {
            return $"it has {parameters.Length} parameters. Take one, for example a record or a tuple; "
                + "or have the form int F(ReadOnlySpan<byte> input, Span<byte> output)";
        }

        return FindFault(method.ReturnType, "result", isParameter: false)
            ?? (parameters.Length == 0 ? null : FindFault(parameters[0].ParameterType, "parameter", isParameter: true));
    }

    /// <summary>The type of a method's result: of a task, that which it ends with.</summary>
    public static Type ResultOf(MethodInfo method) => ResultOf(method.ReturnType);

    /// <summary>The type of the result of whatever returns a type.</summary>
    public static Type ResultOf(Type type)
    {
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask))
        {
            return typeof(Nothing);
        }

        bool isTask = type.IsGenericType
            && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>));
        return isTask ? type.GetGenericArguments()[0] : type;
    }

    /// <summary>Why a type can be no parameter or result, as a clause; null if it can.</summary>
    public static string? FindFault(Type type, string what, bool isParameter)
    {
        if (type.IsByRef || type.IsPointer || type.IsFunctionPointer)
        {
            return $"its {what} is a reference or a pointer, which means nothing in another process";
        }

        bool isElements = isParameter && PayloadForms.ElementOrNone(type, typeof(ReadOnlySpan<>)) is not null;
        return type.IsByRefLike && !isElements
            ? $"its {what} is a {type.Name}. Take a ReadOnlySpan of an unmanaged type; return an array"
            : null;
    }
}
