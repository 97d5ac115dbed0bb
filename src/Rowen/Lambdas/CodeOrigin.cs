using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rowen.Lambdas;

/// <summary>Whose code it is: code that is sent along is read, what every executor has already is not.</summary>
internal static class CodeOrigin
{
    /// <summary>The folder of all shared frameworks: two above the one that this program runs on.</summary>
    private static readonly string FrameworksFolder =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LocationOf(typeof(object).Assembly)) ?? "/", "..", "..")) + "/";

    private static readonly ConcurrentDictionary<Assembly, bool> Shipped = new();

    /// <summary>Whether an assembly's code travels in a code package.</summary>
    public static bool IsShipped(Assembly assembly) => Shipped.GetOrAdd(assembly, static each => IsSent(each));

    /// <summary>Whether a type's code travels; of arrays and the like, that of their elements.</summary>
    public static bool IsShipped(Type type) => IsShipped((type.HasElementType ? type.GetElementType()! : type).Assembly);

    /// <summary>Every type of shipped code that a type's name mentions: itself, its elements, its type arguments.</summary>
    public static IEnumerable<Type> ShippedIn(Type type)
    {
        if (type.HasElementType)
        {
            return ShippedIn(type.GetElementType()!);
        }

        IEnumerable<Type> arguments = type.IsGenericType ? type.GetGenericArguments().SelectMany(ShippedIn) : [];
        return !type.IsGenericParameter && IsShipped(type.Assembly) ? arguments.Append(type) : arguments;
    }

    /// <summary>Whether a type mentions shipped code at all.</summary>
    public static bool Mentions(Type type)
    {
        if (type.HasElementType)
        {
            return Mentions(type.GetElementType()!);
        }

        return !type.IsGenericParameter
            && (IsShipped(type.Assembly) || (type.IsGenericType && Array.Exists(type.GetGenericArguments(), Mentions)));
    }

    /// <summary>
    /// Whether the compiler made a type to hold what lambdas, iterators and asynchronous methods capture. Nobody else knows its
    /// fields, so that those that nothing reads may stay behind whatever becomes of the object.
    /// </summary>
    public static bool IsClosure(Type type) => type.Name.StartsWith('<')
        && !type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal)
        && type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>The file that an assembly was loaded from; empty if there is none.</summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "The empty answer of single files is what the caller asks about.")]
    public static string LocationOf(Assembly assembly) => assembly.IsDynamic ? string.Empty : assembly.Location;

    private static bool IsSent(Assembly assembly)
    {
        string location = LocationOf(assembly);
        return location.Length > 0
            && !location.StartsWith(FrameworksFolder, StringComparison.Ordinal)
            && assembly.GetName().Name is not ("Rowen" or "Rowen.Fabric" or "Rowen.Protocol"
                or "Microsoft.Extensions.Logging.Abstractions" or "Microsoft.Extensions.DependencyInjection.Abstractions");
    }
}
