using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Rowen.Lambdas;

/// <summary>Which fields code reads that begins at some methods and meets some objects: all that has to travel.</summary>
/// <remarks>
/// What it knows only grows: methods lead to methods, objects to what their types make of virtual calls. An object that
/// escapes to code which is not followed travels whole. Where in doubt, more is read: too much is refused or sent, too
/// little would be a wrong result.
/// </remarks>
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Fields and methods of the program's own types, which are sent as they are.")]
[UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "As above.")]
[UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "As above.")]
[UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
internal sealed class ReadAnalysis
{
    /// <summary>A lambda that calls more is taken to read everything: following it further would cost a second.</summary>
    private const int MaxMethods = 8_000;

    private const BindingFlags OwnMembers =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly HashSet<(Module Module, int Token)> _reads = [];
    private readonly HashSet<Type> _whole = [];
    private readonly HashSet<Type> _live = [];
    private readonly HashSet<MethodBase> _called = [];
    private readonly HashSet<MethodBase> _virtualCalls = [];
    private readonly Queue<MethodBase> _toFollow = new();

    /// <summary>Static fields that are read, and may hold something else here than there.</summary>
    public SortedSet<string> MutableStatics { get; } = new(StringComparer.Ordinal);

    /// <summary>Grows whenever something is learnt.</summary>
    public int Version { get; private set; }

    /// <summary>Whether nothing could be excluded.</summary>
    public bool ReadsEverything { get; private set; }

    /// <summary>Whether a field's value has to travel with objects of a type.</summary>
    public bool IsRead(FieldInfo field, Type owner) => !CodeOrigin.IsShipped(field.DeclaringType!)
        || _reads.Contains((field.Module, field.MetadataToken))
        || IsWhole(owner);

    /// <summary>A method will run.</summary>
    public void AddMethod(MethodBase method)
    {
        if (CodeOrigin.IsShipped(method.Module.Assembly) && !method.IsAbstract && _called.Add(method))
        {
            Version++;
            _toFollow.Enqueue(method);
        }
    }

    /// <summary>An object of that type will exist there.</summary>
    public void AddLive(Type type)
    {
        if (CodeOrigin.IsShipped(type) && type is { IsInterface: false, HasElementType: false } && !type.ContainsGenericParameters && _live.Add(type))
        {
            Version++;
            foreach (MethodBase method in _virtualCalls.ToArray())
            {
                Dispatch(method, type);
            }

            if (IsWhole(type) || HasEscaped(type))
            {
                AddEveryVirtual(type);
            }
        }
    }

    /// <summary>Objects of a type are handed to code that may take anything of them.</summary>
    public void AddWhole(Type mentioning)
    {
        foreach (Type type in CodeOrigin.ShippedIn(mentioning))
        {
            Type definition = DefinitionOf(type);
            if (!_whole.Add(definition))
            {
                continue;
            }

            Version++;
            foreach (FieldInfo field in CodeOrigin.IsClosure(type) ? [] : FieldsOf(type))
            {
                AddWhole(field.FieldType);
            }

            foreach (Type live in _live.Where(live => IsOf(live, definition)).ToArray())
            {
                AddEveryVirtual(live);
            }
        }
    }

    /// <summary>Follows all methods that are known to run.</summary>
    public void Follow()
    {
        while (_toFollow.TryDequeue(out MethodBase? method))
        {
            MethodSummary summary = MethodSummary.Of(method);
            ReadsEverything |= summary.IsUnknown || _called.Count > MaxMethods;
            if (_called.Count > MaxMethods)
            {
                _toFollow.Clear();
                return;
            }

            Take(summary);
        }
    }

    /// <summary>The fields of a type's objects, those of its bases included.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? each = type; each is not null && each != typeof(object) && each != typeof(ValueType); each = each.BaseType)
        {
            foreach (FieldInfo field in each.GetFields(OwnMembers))
            {
                yield return field;
            }
        }
    }

    private void Take(MethodSummary summary)
    {
        foreach (FieldInfo field in summary.Reads)
        {
            Version += _reads.Add((field.Module, field.MetadataToken)) ? 1 : 0;
        }

        foreach (FieldInfo field in summary.StaticReads)
        {
            NoteStatic(field);
        }

        foreach (Type made in summary.Made)
        {
            AddLive(made);
        }

        foreach (Type escaped in summary.Escaped)
        {
            AddWhole(escaped);
        }

        foreach (MethodBase call in summary.Calls)
        {
            AddMethod(call);
        }

        foreach (MethodBase call in summary.VirtualCalls)
        {
            AddVirtualCall(call);
        }
    }

    private void AddVirtualCall(MethodBase method)
    {
        if (_virtualCalls.Add(method))
        {
            Version++;
            foreach (Type type in _live.ToArray())
            {
                Dispatch(method, type);
            }
        }
    }

    /// <summary>What a type's objects make of a virtual call.</summary>
    private void Dispatch(MethodBase called, Type type)
    {
        if (called is not MethodInfo method || method.DeclaringType is not { } declaring || !MayBe(type, declaring))
        {
            return;
        }

        if (declaring.IsInterface)
        {
            AddImplementations(type, declaring, method);
            return;
        }

        MethodInfo root = RootOf(method);
        for (Type? each = type; each is not null; each = each.BaseType)
        {
            foreach (MethodInfo own in each.GetMethods(OwnMembers).Where(own => own.IsVirtual && own.Name == method.Name && RootOf(own).MetadataToken == root.MetadataToken))
            {
                AddGeneric(own, method);
            }
        }
    }

    private void AddImplementations(Type type, Type declaring, MethodInfo method)
    {
        foreach (Type implemented in type.GetInterfaces().Where(each => DefinitionOf(each) == DefinitionOf(declaring)))
        {
            InterfaceMapping map = type.GetInterfaceMap(implemented);
            for (int i = 0; i < map.InterfaceMethods.Length; i++)
            {
                if (map.InterfaceMethods[i].MetadataToken == method.MetadataToken && map.TargetMethods[i] is { } target)
                {
                    AddGeneric(target, method);
                }
            }
        }
    }

    /// <summary>A generic method's body is followed with the type arguments of the call.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "The call is in the program.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private void AddGeneric(MethodInfo target, MethodInfo call)
    {
        if (!target.IsGenericMethodDefinition)
        {
            AddMethod(target);
        }
        else if (call.IsGenericMethod)
        {
            AddMethod(target.MakeGenericMethod(call.GetGenericArguments()));
        }
    }

    private void AddEveryVirtual(Type type)
    {
        for (Type? each = type; each is not null && CodeOrigin.IsShipped(each); each = each.BaseType)
        {
            foreach (MethodInfo method in each.GetMethods(OwnMembers).Where(method => method is { IsVirtual: true, ContainsGenericParameters: false }))
            {
                AddMethod(method);
            }
        }
    }

    private void NoteStatic(FieldInfo field)
    {
        bool isCache = CodeOrigin.IsClosure(field.DeclaringType!) || field.Name.StartsWith('<') && !field.Name.EndsWith("BackingField", StringComparison.Ordinal);
        bool canChange = field.IsInitOnly ? CodeOrigin.IsShipped(field.DeclaringType!) && ChangingTypes.Contain(field.FieldType) : !field.IsLiteral;
        if (canChange && !isCache)
        {
            MutableStatics.Add($"{field.DeclaringType!.FullName}.{MemberNames.Of(field)}");
        }
    }

    /// <summary>Nobody but the compiler knows the fields of a closure, so that code which is handed one takes none by itself; but code that could not be followed may read any.</summary>
    private bool IsWhole(Type type) => ReadsEverything || (!CodeOrigin.IsClosure(type) && HasEscaped(type));

    private bool HasEscaped(Type type) => _whole.Count > 0 && _whole.Any(definition => IsOf(type, definition));

    /// <summary>Whether a type is, derives from or implements another, type arguments apart.</summary>
    private static bool IsOf(Type type, Type definition)
    {
        for (Type? each = type; each is not null; each = each.BaseType)
        {
            if (DefinitionOf(each) == definition)
            {
                return true;
            }
        }

        return definition.IsInterface && Array.Exists(type.GetInterfaces(), each => DefinitionOf(each) == definition);
    }

    private static bool MayBe(Type type, Type declaring) => IsOf(type, DefinitionOf(declaring));

    private static MethodInfo RootOf(MethodInfo method) => method.GetBaseDefinition();

    private static Type DefinitionOf(Type type) => type is { IsGenericType: true, IsGenericTypeDefinition: false } ? type.GetGenericTypeDefinition() : type;
}
