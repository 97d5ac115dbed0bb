using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>Every function that was loaded, by the number that this executor gave it. Grows only.</summary>
/// <remarks>Thread safety: function threads read without a lock; loading is serialized.</remarks>
internal sealed class FunctionTable
{
    private readonly Lock _lock = new();
    private LoadedFunction[] _functions = [];

    /// <summary>Adds functions and numbers them.</summary>
    public IReadOnlyList<FunctionDescription> Add(IReadOnlyList<LoadedFunction> loaded)
    {
        lock (_lock)
        {
            uint first = (uint)_functions.Length;
            Volatile.Write(ref _functions, [.. _functions, .. loaded]);
            return [.. loaded.Select((function, i) => new FunctionDescription(
                first + (uint)i, function.Name, function.Kind, function.InputType, function.OutputType))];
        }
    }

    public LoadedFunction? OrNone(uint index)
    {
        LoadedFunction[] functions = Volatile.Read(ref _functions);
        return index < (uint)functions.Length ? functions[index] : null;
    }
}
