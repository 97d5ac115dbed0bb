namespace Rowen.Functions;

/// <summary>Stands for "no parameter" and for "no result" where a type must be named; travels as no bytes.</summary>
/// <example><c>Function&lt;Nothing, int&gt; count = lease.Function&lt;Nothing, int&gt;("count");</c></example>
public readonly record struct Nothing;
