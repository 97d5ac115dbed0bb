namespace Rowen.Executor.CodePackages;

/// <summary>A method marked <c>[Function]</c>, found in metadata before anything is loaded.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Method">Full name of type and method, for messages.</param>
/// <param name="AssemblyPath">The file that holds it.</param>
/// <param name="MethodToken">Its metadata token there.</param>
/// <remarks>A class: lists of it need no code of their own, which every cold start would compile.</remarks>
internal sealed record FoundFunction(string Name, string Method, string AssemblyPath, int MethodToken);
