using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rowen.Functions;
using Rowen.Lambdas;

namespace Rowen.Executor.Functions;

/// <summary>Calls a method with what its one parameter, if it has one, makes of the input.</summary>
/// <typeparam name="TReturned">What the method returns, as written; <see cref="Nothing"/> for void.</typeparam>
internal abstract class MethodCaller<TReturned>
{
    /// <param name="call">The call.</param>
    /// <param name="loan">To be ended once what was returned has been written; or null.</param>
    public abstract TReturned Call(FunctionCall call, out IDisposable? loan);
}

internal delegate TReturned SpanMethod<TElement, TReturned>(ReadOnlySpan<TElement> input);

internal delegate void SpanAction<TElement>(ReadOnlySpan<TElement> input);

internal sealed class NoParameter<TReturned>(Func<TReturned> method) : MethodCaller<TReturned>
{
    public override TReturned Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        return method();
    }
}

internal sealed class ValueParameter<TIn, TReturned>(Func<TIn, TReturned> method) : MethodCaller<TReturned>
{
    public override TReturned Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        return method(PayloadCodec<TIn>.Decode(call.Input));
    }
}

internal sealed class SpanParameter<TElement, TReturned>(SpanMethod<TElement, TReturned> method) : MethodCaller<TReturned>
    where TElement : unmanaged
{
    public override TReturned Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        return method(InputElements.Of<TElement>(call));
    }
}

internal sealed class MemoryParameter<TElement, TReturned>(Func<ReadOnlyMemory<TElement>, TReturned> method)
    : MethodCaller<TReturned>
    where TElement : unmanaged
{
    public override TReturned Call(FunctionCall call, out IDisposable? loan)
    {
        var memory = new InputMemory<TElement>(call);
        loan = memory;
        return method(memory.Memory);
    }
}

internal sealed class NoParameterNoResult(Action method) : MethodCaller<Nothing>
{
    public override Nothing Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        method();
        return default;
    }
}

internal sealed class ValueParameterNoResult<TIn>(Action<TIn> method) : MethodCaller<Nothing>
{
    public override Nothing Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        method(PayloadCodec<TIn>.Decode(call.Input));
        return default;
    }
}

internal sealed class SpanParameterNoResult<TElement>(SpanAction<TElement> method) : MethodCaller<Nothing>
    where TElement : unmanaged
{
    public override Nothing Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        method(InputElements.Of<TElement>(call));
        return default;
    }
}

internal sealed class MemoryParameterNoResult<TElement>(Action<ReadOnlyMemory<TElement>> method) : MethodCaller<Nothing>
    where TElement : unmanaged
{
    public override Nothing Call(FunctionCall call, out IDisposable? loan)
    {
        var memory = new InputMemory<TElement>(call);
        loan = memory;
        method(memory.Memory);
        return default;
    }
}

[SuppressMessage("Performance", "CA1812", Justification = "Made by its type.")]
internal sealed class Closure<TClosure, TReturned>(Func<TClosure, TReturned> method, ClosureSlots slots) : MethodCaller<TReturned>
    where TClosure : class
{
    public override TReturned Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        var closure = (TClosure)RuntimeHelpers.GetUninitializedObject(typeof(TClosure));
        slots.Read(call.Input, closure);
        return method(closure);
    }
}

[SuppressMessage("Performance", "CA1812", Justification = "Made by its type.")]
internal sealed class ClosureNoResult<TClosure>(Action<TClosure> method, ClosureSlots slots) : MethodCaller<Nothing>
    where TClosure : class
{
    public override Nothing Call(FunctionCall call, out IDisposable? loan)
    {
        loan = null;
        var closure = (TClosure)RuntimeHelpers.GetUninitializedObject(typeof(TClosure));
        slots.Read(call.Input, closure);
        method(closure);
        return default;
    }
}
