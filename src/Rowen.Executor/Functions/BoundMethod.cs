using System.Reflection;
using Rowen.Functions;
using Rowen.Lambdas;

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
        return Of(returned, Activator.CreateInstance(CallerType(result, parameter, out Type signature), makeDelegate(signature))!);
    }

    /// <summary>Likewise, for the code of a lambda whose closure each call brings.</summary>
    public static BoundMethod OfClosure(Type result, Delegate lambda, ClosureSlots slots)
    {
        Type closure = lambda.Target!.GetType();
        Type returned = result == typeof(void) ? typeof(Nothing) : result;
        (Type signature, Type caller) = result == typeof(void)
            ? (typeof(Action<>).MakeGenericType(closure), typeof(ClosureNoResult<>).MakeGenericType(closure))
            : (typeof(Func<,>).MakeGenericType(closure, returned), typeof(Closure<,>).MakeGenericType(closure, returned));
        return Of(returned, Activator.CreateInstance(caller, lambda.Method.CreateDelegate(signature), slots)!);
    }

    private static BoundMethod Of(Type returned, object caller)
    {
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
