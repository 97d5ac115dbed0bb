using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Rowen.Lambdas;

namespace Rowen.Executor.Lambdas;

/// <summary>A collection that is referred to before it is filled.</summary>
/// <remarks>
/// Its object exists without having been constructed. Once its elements are there, the constructor is run on it; an immutable
/// one takes over the fields of another that was made of the same elements.
/// </remarks>
internal sealed class FilledCollection
{
    private const BindingFlags Constructors = BindingFlags.Instance | BindingFlags.Public;
    private readonly CollectionKind _kind;

    public FilledCollection(Type type)
    {
        Type = type;
        _kind = CollectionForms.KindOf(type);
        Empty = _kind != CollectionKind.None && !type.ContainsGenericParameters
            ? RuntimeHelpers.GetUninitializedObject(type)
            : throw GraphNames.Damaged($"a {type} that is no collection");
    }

    public Type Type { get; }

    /// <summary>What others refer to.</summary>
    public object Empty { get; }

    /// <summary>Its comparers, as far as they are not the usual ones.</summary>
    public List<object?> Comparers { get; } = [];

    /// <summary>Its elements; keys and values in turn.</summary>
    public List<object?> Elements { get; } = [];

    /// <summary>Fills it.</summary>
    public void Complete()
    {
        Type[] arguments = Type.GetGenericArguments();
        switch (_kind)
        {
            case CollectionKind.Pairs:
                Construct();
                FillPairs((IDictionary)Empty);
                break;
            case CollectionKind.Set:
                Construct();
                MethodInfo add = Type.GetMethod("Add", arguments)!;
                Elements.ForEach(element => add.Invoke(Empty, [element]));
                break;
            case CollectionKind.Sequence:
                Type sequence = typeof(IEnumerable<>).MakeGenericType(arguments);
                Type.GetConstructor(Constructors, [sequence])!.Invoke(Empty, [ArrayOf(arguments[0], Elements)]);
                break;
            case CollectionKind.ImmutablePairs:
                Become(MakeImmutable(typeof(ImmutableDictionary), arguments, PairsOf(arguments)));
                break;
            default:
                Become(MakeImmutable(typeof(ImmutableHashSet), arguments, ArrayOf(arguments[0], Elements)));
                break;
        }
    }

    /// <summary>With the constructor that takes nothing but a comparer, which may be null.</summary>
    private void Construct()
    {
        ConstructorInfo constructor = Type.GetConstructors(Constructors).First(each =>
            each.GetParameters() is [{ ParameterType.Name: "IComparer`1" or "IEqualityComparer`1" }]);
        constructor.Invoke(Empty, [Comparers[0]]);
    }

    private void FillPairs(IDictionary dictionary)
    {
        for (int i = 0; i + 1 < Elements.Count; i += 2)
        {
            dictionary.Add(Elements[i]!, Elements[i + 1]);
        }
    }

    /// <summary><c>CreateRange(comparers, elements)</c> of the class that makes them.</summary>
    private object MakeImmutable(Type maker, Type[] arguments, Array elements)
    {
        MethodInfo create = maker.GetMethods().First(each => each.Name == "CreateRange" && each.GetParameters().Length == Comparers.Count + 1);
        return create.MakeGenericMethod(arguments).Invoke(null, [.. Comparers, elements])!;
    }

    private Array PairsOf(Type[] arguments)
    {
        Type pair = typeof(KeyValuePair<,>).MakeGenericType(arguments);
        object?[] pairs = [.. Enumerable.Range(0, Elements.Count / 2).Select(i => Activator.CreateInstance(pair, Elements[2 * i], Elements[(2 * i) + 1]))];
        return ArrayOf(pair, pairs);
    }

    private static Array ArrayOf(Type element, IReadOnlyList<object?> values)
    {
        var array = Array.CreateInstance(element, values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            array.SetValue(values[i], i);
        }

        return array;
    }

    private void Become(object other)
    {
        foreach (FieldInfo field in ReadAnalysis.FieldsOf(Type))
        {
            field.SetValue(Empty, field.GetValue(other));
        }
    }
}
