using System.Reflection;

namespace Rowen.Executor.Lambdas;

/// <summary>A delegate that waits for its targets.</summary>
/// <param name="Type">The delegate's type.</param>
/// <param name="Method">Its method; null if it consists of other delegates.</param>
/// <param name="Targets">Numbers of its target, or of the delegates.</param>
internal sealed record DelegateHead(Type Type, MethodInfo? Method, int[] Targets);
