namespace Rowen.Functions;

/// <summary>Marks a static method that executors may run for whoever holds a lease.</summary>
/// <remarks>
/// Forms, from the fastest:
/// <code>
/// static int F(ReadOnlySpan&lt;byte&gt; input, Span&lt;byte&gt; output)   both in place; returns the length of its result
/// static TOut F(ReadOnlySpan&lt;T&gt; input)                         T unmanaged; the input is read in place
/// static TOut F(ReadOnlyMemory&lt;T&gt; input)                       likewise, until the invocation ends
/// static TOut F(TIn input)                                     the input is copied or parsed
/// static TOut F()
/// </code>
/// TOut may be <c>void</c>, and a <see cref="Task"/> or <see cref="ValueTask"/> of any: the function's thread waits for
/// it. TIn and TOut are any <c>unmanaged</c> type, an array, <see cref="List{T}"/> or <see cref="ReadOnlyMemory{T}"/> of
/// one, <see cref="string"/>, or anything that System.Text.Json reads and writes. Callers name no parameter and no
/// result <see cref="Nothing"/>. Visibility does not matter; generic methods cannot be functions. Several threads may
/// run a function at the same time.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FunctionAttribute : Attribute
{
    /// <summary>The function is named like the method.</summary>
    public FunctionAttribute()
    {
    }

    /// <summary>The function has a name of its own.</summary>
    /// <param name="name">1 to 200 characters, unique within the code package.</param>
    public FunctionAttribute(string name) => Name = name;

    /// <summary>The function's name, if it is not the method's.</summary>
    public string? Name { get; }
}
