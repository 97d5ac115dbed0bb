using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>Every function that was loaded, by the number that this executor gave it. Numbers are never given twice.</summary>
/// <remarks>Thread safety: function threads read without a lock; loading is serialized.</remarks>
internal sealed class FunctionTable
{
    /// <summary>Of a program that binds a lambda for each item and releases it: each leaves eight bytes.</summary>
    private const int MaxCount = 1 << 24;

    private readonly Lock _lock = new();
    private LoadedFunction?[] _functions = new LoadedFunction?[16];
    private int _count;

    /// <summary>The function that makes functions of lambdas, and its number.</summary>
    public (uint Index, LoadedFunction Function)? BuiltIn { get; set; }

    /// <summary>Adds functions and numbers them.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.PackageUnusable"/>: there are too many.</exception>
    public IReadOnlyList<FunctionDescription> Add(IReadOnlyList<LoadedFunction> loaded)
    {
        lock (_lock)
        {
            var first = (uint)_count;
            LoadedFunction?[] functions = GrowLocked(loaded.Count);
            for (int i = 0; i < loaded.Count; i++)
            {
                Volatile.Write(ref functions[_count++], loaded[i]);
            }

            return [.. loaded.Select((function, i) => new FunctionDescription(
                first + (uint)i, function.Name, function.Kind, function.InputType, function.OutputType))];
        }
    }

    /// <summary>Forgets a function.</summary>
    public void Release(uint index)
    {
        lock (_lock)
        {
            if (index < (uint)_count)
            {
                _functions[index] = null;
            }
        }
    }

    public LoadedFunction? OrNone(uint index)
    {
        LoadedFunction?[] functions = Volatile.Read(ref _functions);
        return index < (uint)functions.Length ? functions[index] : index == BuiltIn?.Index ? BuiltIn.Value.Function : null;
    }

    private LoadedFunction?[] GrowLocked(int added)
    {
        int needed = _count + added;
        if (needed > MaxCount)
        {
            throw new RowenException(ErrorCode.PackageUnusable, $"An executor takes at most {MaxCount} functions in its life. Take a new lease.");
        }

        if (needed > _functions.Length)
        {
            var larger = new LoadedFunction?[Math.Max(needed, 2 * _functions.Length)];
            _functions.CopyTo(larger, 0);
            Volatile.Write(ref _functions, larger);
        }

        return _functions;
    }
}
