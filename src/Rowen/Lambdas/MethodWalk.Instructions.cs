using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;

namespace Rowen.Lambdas;

/// <content>What each instruction does with the objects on the stack.</content>
internal sealed partial class MethodWalk
{
    private static readonly Dictionary<StackBehaviour, int> Counts = new()
    {
        [StackBehaviour.Pop0] = 0,
        [StackBehaviour.Pop1] = 1,
        [StackBehaviour.Pop1_pop1] = 2,
        [StackBehaviour.Popi] = 1,
        [StackBehaviour.Popi_pop1] = 2,
        [StackBehaviour.Popi_popi] = 2,
        [StackBehaviour.Popi_popi8] = 2,
        [StackBehaviour.Popi_popi_popi] = 3,
        [StackBehaviour.Popi_popr4] = 2,
        [StackBehaviour.Popi_popr8] = 2,
        [StackBehaviour.Popref] = 1,
        [StackBehaviour.Popref_pop1] = 2,
        [StackBehaviour.Popref_popi] = 2,
        [StackBehaviour.Popref_popi_popi] = 3,
        [StackBehaviour.Popref_popi_popi8] = 3,
        [StackBehaviour.Popref_popi_popr4] = 3,
        [StackBehaviour.Popref_popi_popr8] = 3,
        [StackBehaviour.Popref_popi_popref] = 3,
        [StackBehaviour.Popref_popi_pop1] = 3,
        [StackBehaviour.Push0] = 0,
        [StackBehaviour.Push1] = 1,
        [StackBehaviour.Push1_push1] = 2,
        [StackBehaviour.Pushi] = 1,
        [StackBehaviour.Pushi8] = 1,
        [StackBehaviour.Pushr4] = 1,
        [StackBehaviour.Pushr8] = 1,
        [StackBehaviour.Pushref] = 1,
    };

    private Type? _constraint;

    [SuppressMessage("Maintainability", "CA1502", Justification = "One line for each kind of instruction.")]
    private void Follow(in IlInstruction instruction)
    {
        string name = instruction.Code.Name!;
        int operand = instruction.Operand;
        switch (name)
        {
            case "ldarg.0" or "ldarg.1" or "ldarg.2" or "ldarg.3": Push(_parameters[name[^1] - '0']); break;
            case "ldarg.s" or "ldarg" or "ldarga.s" or "ldarga": Push(_parameters[operand]); break;
            case "starg.s" or "starg": Flow(Pop(), _parameters[operand]); break;
            case "ldloc.0" or "ldloc.1" or "ldloc.2" or "ldloc.3": Push(_locals[name[^1] - '0']); break;
            case "ldloc.s" or "ldloc" or "ldloca.s" or "ldloca": Push(_locals[operand]); break;
            case "stloc.0" or "stloc.1" or "stloc.2" or "stloc.3": Flow(Pop(), _locals[name[^1] - '0']); break;
            case "stloc.s" or "stloc": Flow(Pop(), _locals[operand]); break;
            case "ldfld" or "ldflda": LoadField(Field(operand)); break;
            case "stfld": StoreField(Field(operand)); break;
            case "ldsfld" or "ldsflda": LoadStatic(Field(operand)); break;
            case "stsfld": Flow(Pop(), Field(operand).FieldType); break;
            case "call" or "callvirt": Call(Method(operand), isVirtual: name == "callvirt"); break;
            case "newobj": New(Method(operand)); break;
            case "jmp" or "calli": _summary.MarkUnknown(); Default(instruction); break;
            case "ldftn": Point(Method(operand), isVirtual: false); break;
            case "ldvirtftn": Pop(); Point(Method(operand), isVirtual: true); break;
            case "box": Box(TypeOf(operand)); break;
            case "castclass" or "isinst" or "unbox" or "unbox.any": Flow(Pop(), TypeOf(operand)); Push(TypeOf(operand)); break;
            case "newarr": Pop(); Push(TypeOf(operand).MakeArrayType()); break;
            case "ldelem" or "ldelema": Pop(); Pop(); Push(TypeOf(operand)); break;
            case "ldelem.ref": Pop(); Push(ElementOf(Pop())); break;
            case "stelem.ref" or "stelem": StoreElement(); break;
            case "ldobj": Pop(); Push(TypeOf(operand)); break;
            case "stobj": Flow(Pop(), TypeOf(operand)); Pop(); break;
            case "ldind.ref": Push(Pop().Type); break;
            case "stind.ref": Store(Pop(), Pop()); break;
            case "initobj": Pop(); Make(TypeOf(operand)); break;
            case "dup": _stack.Push(_stack.Peek()); break;
            case "throw": Escape(Pop().Type); break;
            case "ret": Return(); break;
            case "leave" or "leave.s": _stack.Clear(); Jump(instruction); break;
            case "constrained.": _constraint = TypeOf(operand); return;
            default: Default(instruction); break;
        }

        if (instruction.Code.OpCodeType != OpCodeType.Prefix)
        {
            _constraint = null;
        }
    }

    private void Default(in IlInstruction instruction)
    {
        OpCode code = instruction.Code;
        for (int i = Counts.GetValueOrDefault(code.StackBehaviourPop); i > 0; i--)
        {
            Pop();
        }

        if (code.FlowControl is FlowControl.Branch or FlowControl.Cond_Branch)
        {
            Jump(instruction);
        }

        for (int i = Counts.GetValueOrDefault(code.StackBehaviourPush); i > 0; i--)
        {
            Push(null);
        }
    }

    private void LoadField(FieldInfo field)
    {
        Pop();
        if (field.DeclaringType is { } type && CodeOrigin.IsShipped(type))
        {
            _summary.Reads.Add(field);
        }

        Push(field.FieldType);
    }

    private void StoreField(FieldInfo field)
    {
        StackValue value = Pop();
        Pop();
        Flow(value, field.FieldType);
    }

    private void LoadStatic(FieldInfo field)
    {
        if (field.DeclaringType is { } type && CodeOrigin.IsShipped(type))
        {
            _summary.StaticReads.Add(field);
        }

        Push(field.FieldType);
    }

    private void Call(MethodBase method, bool isVirtual)
    {
        bool isFollowed = IsFollowed(method);
        PopArguments(method, isFollowed || method.DeclaringType?.BaseType == typeof(MulticastDelegate));
        if (!method.IsStatic)
        {
            Receive(Pop(), method, isVirtual, isFollowed);
        }

        bool isOfItsType = method.IsStatic && _constraint is not null; // a static member of an interface
        if (isOfItsType)
        {
            Make(_constraint!);
        }

        Note(method, isFollowed, isOfItsType || (isVirtual && method.IsVirtual));
        if (method is MethodInfo { ReturnType: { } returned } && returned != typeof(void))
        {
            Push(returned);
        }
    }

    private void Receive(StackValue receiver, MethodBase method, bool isVirtual, bool isFollowed)
    {
        Type? type = _constraint ?? receiver.Type;
        bool isHarmless = method.IsConstructor
            || method.DeclaringType?.BaseType == typeof(MulticastDelegate)
            || (isVirtual && method.DeclaringType is { IsInterface: true })
            || (method.DeclaringType == typeof(object) && type is { IsValueType: false });
        if (!isFollowed && !isHarmless)
        {
            Escape(type);
        }
    }

    private void New(MethodBase constructor)
    {
        Type made = constructor.DeclaringType!;
        if (made.IsSubclassOf(typeof(Delegate)))
        {
            StackValue pointer = Pop();
            StackValue target = Pop();
            if (pointer.Pointer is null || !IsFollowed(pointer.Pointer))
            {
                Escape(target.Type);
            }
        }
        else
        {
            bool isFollowed = IsFollowed(constructor);
            PopArguments(constructor, isFollowed);
            Make(made);
            Note(constructor, isFollowed, isVirtual: false);
        }

        Push(made);
    }

    private void PopArguments(MethodBase method, bool isFollowed)
    {
        ParameterInfo[] parameters = method.GetParameters();
        for (int i = parameters.Length - 1; i >= 0; i--)
        {
            StackValue value = Pop();
            if (isFollowed)
            {
                Flow(value, Plain(parameters[i].ParameterType));
            }
            else
            {
                Escape(value.Type);
            }
        }
    }

    /// <summary>The framework may make objects of the types that it is given: an asynchronous method's state, for one.</summary>
    private void Note(MethodBase method, bool isFollowed, bool isVirtual)
    {
        if (isVirtual)
        {
            _summary.VirtualCalls.Add(method);
        }

        if (isFollowed)
        {
            _summary.Calls.Add(method);
            return;
        }

        foreach (Type argument in method.IsGenericMethod ? method.GetGenericArguments() : [])
        {
            Make(argument);
        }

        Make(method.DeclaringType!);
    }

    private void Point(MethodBase method, bool isVirtual)
    {
        Note(method, IsFollowed(method), isVirtual && method.IsVirtual);
        _stack.Push(new StackValue(null, method));
    }

    private void Make(Type type)
    {
        foreach (Type mentioned in CodeOrigin.ShippedIn(type))
        {
            _summary.Made.Add(mentioned);
        }
    }

    private void Box(Type type)
    {
        Pop();
        Escape(type);
        Make(type);
        Push(typeof(object));
    }

    private void StoreElement()
    {
        StackValue value = Pop();
        Pop();
        Flow(value, ElementOf(Pop()));
    }

    private void Store(StackValue value, StackValue place) => Flow(value, place.Type);

    private void Return()
    {
        if (_method is MethodInfo { ReturnType: { } returned } && returned != typeof(void) && _stack.Count > 0)
        {
            Flow(Pop(), Plain(returned));
        }
    }

    private static Type? ElementOf(StackValue array) => array.Type is { IsArray: true } type ? type.GetElementType() : null;

    private static bool IsFollowed(MethodBase method) => CodeOrigin.IsShipped(method.Module.Assembly);
}
