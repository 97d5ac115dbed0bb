using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;

namespace Rowen.Lambdas;

/// <summary>Follows one body from its first instruction to its last, with the static types of what is on the stack.</summary>
/// <remarks>
/// An object of the program's <i>escapes</i> where it turns into something that is followed no further: an argument of the
/// framework's, an <c>object</c>, an element of a list. Where its static type stays one of the program's own, whoever
/// takes it from there is followed as well.
/// </remarks>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Programs without the methods' bodies, trimmed or ahead of time, cannot ship lambdas, and are told so.")]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
internal sealed partial class MethodWalk
{
    private readonly MethodBase _method;
    private readonly MethodSummary _summary;
    private readonly MethodBody _body;
    private readonly Type[]? _typeArguments;
    private readonly Type[]? _methodArguments;
    private readonly Type?[] _parameters;
    private readonly Type[] _locals;
    private readonly Dictionary<int, StackValue[]> _arriving = [];
    private readonly Stack<StackValue> _stack = new();

    private MethodWalk(MethodBase method, MethodBody body, MethodSummary summary)
    {
        _method = method;
        _body = body;
        _summary = summary;
        _typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        _methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        IEnumerable<Type?> parameters = method.GetParameters().Select(parameter => Plain(parameter.ParameterType));
        _parameters = [.. method.IsStatic ? parameters : parameters.Prepend(method.DeclaringType)];
        _locals = [.. body.LocalVariables.OrderBy(local => local.LocalIndex).Select(local => Plain(local.LocalType))];
    }

    /// <summary>Adds to a summary what a method does; nothing if it has no body.</summary>
    public static void Walk(MethodBase method, MethodSummary summary)
    {
        if (method.GetMethodBody() is { } body)
        {
            new MethodWalk(method, body, summary).Walk();
        }
    }

    private void Walk()
    {
        foreach (ExceptionHandlingClause clause in _body.ExceptionHandlingClauses)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause)
            {
                _arriving[clause.HandlerOffset] = [new StackValue(clause.CatchType)];
            }
            else if (clause.Flags == ExceptionHandlingClauseOptions.Filter)
            {
                _arriving[clause.HandlerOffset] = _arriving[clause.FilterOffset] = [new StackValue(typeof(object))];
            }
        }

        bool isReached = true;
        foreach (IlInstruction instruction in IlReader.Read(_body.GetILAsByteArray() ?? []))
        {
            Arrive(instruction.Offset, isReached);
            Follow(instruction);
            isReached = instruction.Code.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw);
        }
    }

    /// <summary>Joins what falls through to an instruction with what jumps to it.</summary>
    private void Arrive(int offset, bool isReached)
    {
        if (!isReached)
        {
            _stack.Clear();
        }

        if (!_arriving.TryGetValue(offset, out StackValue[]? arriving))
        {
            return;
        }

        StackValue[] falling = isReached ? Snapshot() : arriving;
        _stack.Clear();
        for (int i = 0; i < arriving.Length; i++)
        {
            StackValue other = i < falling.Length ? falling[i] : default;
            if (arriving[i].Type is { } type && other.Type is { } otherType && type != otherType)
            {
                Escape(type); // a ? b : c of two types: whichever comes out is followed as neither
                Escape(otherType);
            }

            _stack.Push(arriving[i].Type is null ? other : arriving[i]);
        }
    }

    private StackValue[] Snapshot()
    {
        StackValue[] values = [.. _stack];
        Array.Reverse(values);
        return values;
    }

    private void Jump(in IlInstruction instruction)
    {
        StackValue[] values = Snapshot();
        foreach (int target in instruction.Code == OpCodes.Switch ? instruction.Targets : [instruction.Operand])
        {
            if (target > instruction.Offset)
            {
                _arriving.TryAdd(target, values);
            }
        }
    }

    private StackValue Pop() => _stack.Pop();

    private void Push(Type? type) => _stack.Push(new StackValue(type is null ? null : Plain(type)));

    /// <summary>A value goes to a place of another static type.</summary>
    private void Flow(StackValue value, Type? target)
    {
        if (value.Type is not { } type || type == target || !CodeOrigin.Mentions(type))
        {
            return;
        }

        bool isFollowed = target is not null && !type.HasElementType && !target.HasElementType && !type.IsGenericType && !type.IsValueType
            && CodeOrigin.IsShipped(type) && CodeOrigin.IsShipped(target);
        if (!isFollowed)
        {
            Escape(type);
        }
    }

    private void Escape(Type? type)
    {
        if (type is not null && CodeOrigin.Mentions(type))
        {
            _summary.Escaped.Add(type);
        }
    }

    private static Type Plain(Type type) => type.IsByRef || type.IsPointer ? type.GetElementType()! : type;

    private FieldInfo Field(int token) => _method.Module.ResolveField(token, _typeArguments, _methodArguments)!;

    private MethodBase Method(int token) => _method.Module.ResolveMethod(token, _typeArguments, _methodArguments)!;

    private Type TypeOf(int token) => _method.Module.ResolveType(token, _typeArguments, _methodArguments);
}
