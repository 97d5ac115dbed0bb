using System.Reflection;

namespace Rowen.Lambdas;

/// <summary>What is known of a value while a body is followed.</summary>
/// <param name="Type">Its static type, without <c>ref</c>; null if no object of the program's can be in it.</param>
/// <param name="Pointer">The method that it points to, on its way into a delegate.</param>
internal readonly record struct StackValue(Type? Type, MethodBase? Pointer = null);
