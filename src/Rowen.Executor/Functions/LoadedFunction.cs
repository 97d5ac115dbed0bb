namespace Rowen.Executor.Functions;

/// <summary>A function that this executor can run: .NET or native. Thread safety: any function thread may run it.</summary>
internal abstract class LoadedFunction(string name, string kind, string inputType, string outputType)
{
    public string Name { get; } = name;

    public string Kind { get; } = kind;

    /// <summary><c>bytes</c>, or the full name of the parameter's type.</summary>
    public string InputType { get; } = inputType;

    /// <summary><c>bytes</c>, or the full name of the result's type.</summary>
    public string OutputType { get; } = outputType;

    /// <summary>Whether it is one of Rowen's own, whose errors say what they say.</summary>
    public virtual bool IsOurs => false;

    /// <summary>Runs once. What the function throws comes out as it is; refusals are <c>RowenException</c>s.</summary>
    public abstract void Run(FunctionCall call);
}
