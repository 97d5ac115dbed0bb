using System.Reflection;

namespace Rowen.Executor.Lambdas;

/// <summary>A type and those of its fields that have come.</summary>
internal sealed record GraphShape(Type Type, FieldInfo[] Fields);
