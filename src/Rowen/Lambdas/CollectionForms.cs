using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Rowen.Lambdas;

/// <summary>What collections consist of, apart from how a process has laid them out.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Public properties of framework collections that the program uses.")]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "As above.")]
[UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "Default comparers of types that the program compares.")]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
internal static class CollectionForms
{
    private static readonly Dictionary<string, (CollectionKind Kind, string[] Comparers)> Known = new(StringComparer.Ordinal)
    {
        ["System.Collections.Generic.Dictionary`2"] = (CollectionKind.Pairs, ["Comparer"]),
        ["System.Collections.Generic.SortedDictionary`2"] = (CollectionKind.Pairs, ["Comparer"]),
        ["System.Collections.Generic.SortedList`2"] = (CollectionKind.Pairs, ["Comparer"]),
        ["System.Collections.Concurrent.ConcurrentDictionary`2"] = (CollectionKind.Pairs, ["Comparer"]),
        ["System.Collections.Generic.HashSet`1"] = (CollectionKind.Set, ["Comparer"]),
        ["System.Collections.Generic.SortedSet`1"] = (CollectionKind.Set, ["Comparer"]),
        ["System.Collections.Concurrent.ConcurrentQueue`1"] = (CollectionKind.Sequence, []),
        ["System.Collections.Concurrent.ConcurrentBag`1"] = (CollectionKind.Sequence, []),
        ["System.Collections.Concurrent.ConcurrentStack`1"] = (CollectionKind.Sequence, []),
        ["System.Collections.Immutable.ImmutableDictionary`2"] = (CollectionKind.ImmutablePairs, ["KeyComparer", "ValueComparer"]),
        ["System.Collections.Immutable.ImmutableHashSet`1"] = (CollectionKind.ImmutableSet, ["KeyComparer"]),
    };

    /// <summary>The kind of a type's objects.</summary>
    public static CollectionKind KindOf(Type type) =>
        type.IsGenericType && Known.TryGetValue(type.GetGenericTypeDefinition().FullName!, out (CollectionKind Kind, string[] Comparers) known)
            ? known.Kind
            : CollectionKind.None;

    /// <summary>How many comparers a type has.</summary>
    public static int ComparerCount(Type type) => Known[type.GetGenericTypeDefinition().FullName!].Comparers.Length;

    /// <summary>A collection's comparers; null for those that it would have anyway.</summary>
    public static IEnumerable<object?> ComparersOf(object collection)
    {
        Type type = collection.GetType();
        Type[] arguments = type.GetGenericArguments();
        string[] names = Known[type.GetGenericTypeDefinition().FullName!].Comparers;
        for (int i = 0; i < names.Length; i++)
        {
            object? comparer = type.GetProperty(names[i])!.GetValue(collection);
            yield return IsDefault(comparer, arguments[i]) ? null : comparer;
        }
    }

    /// <summary>Keys and values in turn, or the elements, in an order that a new one keeps.</summary>
    public static IEnumerable<object?> ElementsOf(object collection)
    {
        if (KindOf(collection.GetType()) is CollectionKind.Pairs or CollectionKind.ImmutablePairs)
        {
            foreach (DictionaryEntry pair in (IDictionary)collection)
            {
                yield return pair.Key;
                yield return pair.Value;
            }

            yield break;
        }

        IEnumerable elements = (IEnumerable)collection;
        bool isReversed = collection.GetType().Name is "ConcurrentStack`1" or "ConcurrentBag`1"; // the last in is the first out
        foreach (object? element in isReversed ? elements.Cast<object?>().Reverse() : elements)
        {
            yield return element;
        }
    }

    /// <summary>The static type of an element, by its place in <see cref="ElementsOf"/>.</summary>
    public static Type ElementType(Type type, int index)
    {
        Type[] arguments = type.GetGenericArguments();
        return arguments[index % arguments.Length];
    }

    private static bool IsDefault(object? comparer, Type compared) => comparer is null
        || comparer.Equals(DefaultOf(typeof(EqualityComparer<>), compared))
        || comparer.Equals(DefaultOf(typeof(Comparer<>), compared));

    private static object? DefaultOf(Type comparer, Type compared) =>
        comparer.MakeGenericType(compared).GetProperty("Default")!.GetValue(null);
}
