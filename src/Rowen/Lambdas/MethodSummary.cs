using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Rowen.Lambdas;

/// <summary>What a method's body does with the program's own objects, whoever calls it. Immutable once made.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class MethodSummary
{
    /// <summary>Beyond it everything is forgotten, and read again: no program calls so many methods from its lambdas.</summary>
    private const int MaxKnown = 20_000;

    private static readonly ConcurrentDictionary<MethodBase, MethodSummary> Known = new();

    private MethodSummary()
    {
    }

    /// <summary>Fields whose values it takes.</summary>
    public HashSet<FieldInfo> Reads { get; } = [];

    /// <summary>Static fields whose values it takes.</summary>
    public HashSet<FieldInfo> StaticReads { get; } = [];

    /// <summary>Methods that it calls, or makes delegates of.</summary>
    public HashSet<MethodBase> Calls { get; } = [];

    /// <summary>Methods that it calls on whatever the object at hand makes of them.</summary>
    public HashSet<MethodBase> VirtualCalls { get; } = [];

    /// <summary>Types of which it makes objects.</summary>
    public HashSet<Type> Made { get; } = [];

    /// <summary>Types whose objects it hands to code that is not read: nobody knows what that takes of them.</summary>
    public HashSet<Type> Escaped { get; } = [];

    /// <summary>Whether the body could not be followed: then nothing is known about what it does.</summary>
    public bool IsUnknown { get; private set; }

    /// <summary>The summary of a method whose code is shipped.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a body holds that cannot be followed, the answer is that nothing is known.")]
    public static MethodSummary Of(MethodBase method)
    {
        if (Known.TryGetValue(method, out MethodSummary? known))
        {
            return known;
        }

        var summary = new MethodSummary();
        try
        {
            MethodWalk.Walk(method, summary);
        }
        catch (Exception)
        {
            summary.IsUnknown = true;
        }

        if (Known.Count >= MaxKnown)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(method, summary);
    }

    /// <summary>The body does something that cannot be followed.</summary>
    public void MarkUnknown() => IsUnknown = true;
}
