using System.Reflection;

namespace Rowen.Lambdas;

/// <summary>What people call the fields and methods that the compiler has named.</summary>
internal static class MemberNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(char)] = "char",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    /// <summary>The variable, property or field that a field holds; empty if it holds the variables of an outer scope.</summary>
    public static string Of(FieldInfo field)
    {
        string name = field.Name;
        if (name.Contains("<>8__", StringComparison.Ordinal)) // CS$<>8__locals1, <>8__1
        {
            return string.Empty;
        }

        if (name == "<>4__this")
        {
            return "this";
        }

        if (name.StartsWith("<>3__", StringComparison.Ordinal)) // an iterator's parameter
        {
            return name["<>3__".Length..];
        }

        int end = name.IndexOf('>', StringComparison.Ordinal);
        return name.StartsWith('<') && end > 1 ? name[1..end] : name; // <x>5__2, <Name>k__BackingField, <name>P
    }

    /// <summary>A method as <c>Type.Method</c>; a lambda by the method that it stands in.</summary>
    public static string Of(MethodBase method)
    {
        Type? type = method.DeclaringType;
        while (type is { DeclaringType: { } outer } && CodeOrigin.IsClosure(type))
        {
            type = outer;
        }

        string name = method.Name;
        int end = Math.Max(name.IndexOf(">b__", StringComparison.Ordinal), name.IndexOf(">g__", StringComparison.Ordinal));
        if (name.StartsWith('<') && end > 0)
        {
            string outer = name[1..end].Replace("<Main>$", "Main", StringComparison.Ordinal);
            int local = name.IndexOf("g__", StringComparison.Ordinal); // <Main>g__Name|0_1
            name = local > 0 ? $"{outer}.{name[(local + 3)..].Split('|')[0]}" : $"{outer}.lambda";
        }

        return type is null ? name : $"{Of(type)}.{name}";
    }

    /// <summary>A type as it is written in C#, without its namespace.</summary>
    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return type.IsGenericType && tick > 0
            ? $"{type.Name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>"
            : type.Name;
    }
}
