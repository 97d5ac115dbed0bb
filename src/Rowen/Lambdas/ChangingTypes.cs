using System.CodeDom.Compiler;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Rowen.Lambdas;

/// <summary>Types whose objects can change while the field that holds them stays the same.</summary>
/// <remarks>
/// Arrays, collections that are not immutable, frozen or read-only, text builders, and classes of the program's own with a field that is not readonly or holds one of
/// these. Other classes of the framework are not: most change nothing, and a client is kept in a static field on purpose.
/// </remarks>
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Interfaces and fields of the program's own types, which are sent as they are.")]
internal static class ChangingTypes
{
    public static bool Contain(Type type) => Contain(type, []);

    private static bool Contain(Type type, HashSet<Type> seen) => type.IsArray
        || type == typeof(StringBuilder)
        || IsOpenCollection(type)
        || (CodeOrigin.IsShipped(type) && seen.Add(type) && !type.IsDefined(typeof(GeneratedCodeAttribute), inherit: false)
            && ReadAnalysis.FieldsOf(type).Any(field => CodeOrigin.IsShipped(field.DeclaringType!)
                && ((!field.IsInitOnly && !type.IsValueType) || Contain(field.FieldType, seen))));

    private static bool IsOpenCollection(Type type) =>
        type.Namespace is not ("System.Collections.Immutable" or "System.Collections.Frozen")
        && !type.Name.StartsWith("ReadOnly", StringComparison.Ordinal)
        && type.GetInterfaces().Append(type).Any(each => each == typeof(ICollection) || (each.IsGenericType && each.GetGenericTypeDefinition() == typeof(ICollection<>)));
}
