namespace Rowen.Functions;

/// <summary>Marks a static method that executors may run for whoever holds a lease.</summary>
/// <remarks>
/// Forms, from the fastest: <c>static int F(ReadOnlySpan&lt;byte&gt; input, Span&lt;byte&gt; output)</c>, which returns
/// the length of its result; <c>static TOut F(TIn input)</c> and <c>static Task&lt;TOut&gt; F(TIn input)</c>, where
/// types are any <c>unmanaged</c> type, an array, <c>ReadOnlySpan</c> or <c>ReadOnlyMemory</c> of one, <c>string</c>, or
/// anything that System.Text.Json reads and writes. Several threads may run it at the same time.
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
