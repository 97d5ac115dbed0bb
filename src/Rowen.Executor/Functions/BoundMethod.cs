using System.Reflection;
using Rowen.Functions;

namespace Rowen.Executor.Functions;

/// <summary>A method with typed parameter and result, ready to be called without reflection.</summary>
internal abstract class BoundMethod
{
    public abstract void Run(FunctionCall call);

    /// <summary>Puts together the few generic classes that fit the method's types. Costs a fraction of a millisecond.</summary>
    public static BoundMethod Create(MethodInfo method, Type? parameter) => Create(method.ReturnType, parameter, method.CreateDelegate);

    /// <summary>Likewise, for whatever can be made a delegate of the type that fits.</summary>
    public static BoundMethod Create(Type result, Type? parameter, Func<Type, Delegate> makeDelegate)
    {
        Type returned = result == typeof(void) ? typeof(Nothing) : result;
        object caller = Activator.CreateInstance(CallerType(result, parameter, out Type signature), makeDelegate(signature))!;
        object writer = Activator.CreateInstance(WriterType(returned))!;
        return (BoundMethod)Activator.CreateInstance(typeof(BoundMethod<>).MakeGenericType(returned), caller, writer)!;
    }

    private static Type CallerType(Type returned, Type? parameter, out Type signature)
    {
        bool isVoid = returned == typeof(void);
        if (parameter is null)
        {
            signature = isVoid ? typeof(Action) : typeof(Func<>).MakeGenericType(returned);
            return isVoid ? typeof(NoParameterNoResult) : typeof(NoParameter<>).MakeGenericType(returned);
        }

        if (PayloadForms.ElementOrNone(parameter, typeof(ReadOnlySpan<>)) is { } spanned)
        {
            signature = isVoid ? typeof(SpanAction<>).MakeGenericType(spanned) : typeof(SpanMethod<,>).MakeGenericType(spanned, returned);
            return isVoid
                ? typeof(SpanParameterNoResult<>).MakeGenericType(spanned)
                : typeof(SpanParameter<,>).MakeGenericType(spanned, returned);
        }

        signature = isVoid ? typeof(Action<>).MakeGenericType(parameter) : typeof(Func<,>).MakeGenericType(parameter, returned);
        if (PayloadForms.ElementOrNone(parameter, typeof(ReadOnlyMemory<>)) is { } lent)
        {
            return isVoid
                ? typeof(MemoryParameterNoResult<>).MakeGenericType(lent)
                : typeof(MemoryParameter<,>).MakeGenericType(lent, returned);
        }

        return isVoid
            ? typeof(ValueParameterNoResult<>).MakeGenericType(parameter)
            : typeof(ValueParameter<,>).MakeGenericType(parameter, returned);
    }

    private static Type WriterType(Type returned)
    {
        if (returned == typeof(Task))
        {
            return typeof(TaskWithoutResult);
        }

        if (returned == typeof(ValueTask))
        {
            return typeof(ValueTaskWithoutResult);
        }

        Type? definition = returned.IsGenericType ? returned.GetGenericTypeDefinition() : null;
        return definition == typeof(Task<>) ? typeof(TaskResult<>).MakeGenericType(returned.GetGenericArguments())
            : definition == typeof(ValueTask<>) ? typeof(ValueTaskResult<>).MakeGenericType(returned.GetGenericArguments())
            : typeof(ValueResult<>).MakeGenericType(returned);
    }
}

internal sealed class BoundMethod<TReturned>(MethodCaller<TReturned> caller, ResultWriter<TReturned> writer) : BoundMethod
{
    public override void Run(FunctionCall call)
    {
        IDisposable? loan = null;
        try
        {
            writer.Write(caller.Call(call, out loan), call);
        }
        finally
        {
            loan?.Dispose();
        }
    }
}
