using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Rowen.Analyzers;

/// <summary>The function that is given as an argument: written there, or in the initializer of a variable of the same method that nothing else is assigned to.</summary>
internal static class GivenFunction
{
    /// <summary>Null where nobody knows.</summary>
    public static IDelegateCreationOperation? OrNone(IOperation value) => Plain(value) switch
    {
        IDelegateCreationOperation written => written,
        ILocalReferenceOperation variable => OfVariableOrNone(variable),
        _ => null,
    };

    private static IDelegateCreationOperation? OfVariableOrNone(ILocalReferenceOperation reference)
    {
        IOperation root = reference;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        IDelegateCreationOperation? found = null;
        foreach (IOperation operation in root.Descendants())
        {
            if (operation is IVariableDeclaratorOperation declared && Is(declared.Symbol) && declared.GetVariableInitializer() is { } initial)
            {
                found = Plain(initial.Value) as IDelegateCreationOperation;
            }
            else if (operation is ILocalReferenceOperation other && Is(other.Local) && IsChanged(other))
            {
                return null; // whichever it holds then: the client finds it
            }
        }

        return found;

        bool Is(ILocalSymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol, reference.Local);
    }

    private static bool IsChanged(ILocalReferenceOperation variable) => variable.Parent switch
    {
        IAssignmentOperation assignment => assignment.Target == variable,
        IArgumentOperation argument => argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out,
        _ => false,
    };

    private static IOperation Plain(IOperation value) => value is IConversionOperation conversion ? Plain(conversion.Operand) : value;
}
