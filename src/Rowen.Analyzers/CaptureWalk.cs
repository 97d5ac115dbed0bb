using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Rowen.Analyzers;

/// <summary>Follows one function, and the local functions and methods of its own object that it calls, to the variables and fields that they read.</summary>
internal sealed class CaptureWalk(RefusedTypes refused, Compilation compilation, CancellationToken cancellationToken) : OperationWalker
{
    /// <summary>Beyond it the client has the word.</summary>
    private const int MaxMethods = 200;

    private readonly HashSet<ISymbol> _inside = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _told = new(SymbolEqualityComparer.Default);
    private readonly List<Capture> _found = [];
    private Location? _place;

    /// <summary>Everything that the function captures and that cannot travel, each once.</summary>
    public IReadOnlyList<Capture> Find(IDelegateCreationOperation function)
    {
        switch (function.Target)
        {
            case IAnonymousFunctionOperation lambda:
                Visit(lambda);
                break;
            case IMethodReferenceOperation group when !IsMarked(group.Method):
                _place = group.Syntax.GetLocation();
                if (group.Instance is { } instance)
                {
                    Visit(instance);
                }

                Follow(group.Method);
                break;
            default:
                break;
        }

        return _found;
    }

    /// <inheritdoc/>
    public override void VisitAnonymousFunction(IAnonymousFunctionOperation operation)
    {
        _inside.Add(operation.Symbol);
        base.VisitAnonymousFunction(operation);
    }

    /// <inheritdoc/>
    public override void VisitLocalFunction(ILocalFunctionOperation operation)
    {
        _inside.Add(operation.Symbol);
        base.VisitLocalFunction(operation);
    }

    /// <inheritdoc/>
    public override void VisitNameOf(INameOfOperation operation)
    {
        // A name is no value.
    }

    /// <inheritdoc/>
    public override void VisitLocalReference(ILocalReferenceOperation operation)
    {
        if (PathOrNone(operation) is { } path)
        {
            Read(operation, operation.Local, path);
        }
    }

    /// <inheritdoc/>
    public override void VisitParameterReference(IParameterReferenceOperation operation)
    {
        if (PathOrNone(operation) is { } path)
        {
            Read(operation, operation.Parameter, path);
        }
    }

    /// <inheritdoc/>
    public override void VisitFieldReference(IFieldReferenceOperation operation)
    {
        if (PathOrNone(operation) is { } path)
        {
            Read(operation, operation.Field, path);
        }

        base.VisitFieldReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitPropertyReference(IPropertyReferenceOperation operation)
    {
        if (PathOrNone(operation) is { } path)
        {
            Read(operation, operation.Property, path);
        }
        else if (IsThis(operation.Instance) && operation.Property.GetMethod is { } getter)
        {
            Follow(getter);
        }

        base.VisitPropertyReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitInvocation(IInvocationOperation operation)
    {
        if (operation.TargetMethod.MethodKind == MethodKind.LocalFunction || IsThis(operation.Instance))
        {
            Follow(operation.TargetMethod);
        }

        base.VisitInvocation(operation);
    }

    /// <inheritdoc/>
    public override void VisitMethodReference(IMethodReferenceOperation operation)
    {
        if (operation.Method.MethodKind == MethodKind.LocalFunction)
        {
            Follow(operation.Method);
        }

        base.VisitMethodReference(operation);
    }

    /// <summary>What the client calls a captured variable, or what lies in its fields and theirs; null of all else, and of what lies in something that is refused itself.</summary>
    private string? PathOrNone(IOperation? operation) => operation switch
    {
        ILocalReferenceOperation { Local: { IsConst: false } local } when !_inside.Contains(local.ContainingSymbol) => local.Name,
        IParameterReferenceOperation { Parameter: var parameter } when !_inside.Contains(parameter.ContainingSymbol) =>
            IsOfType(parameter) ? $"this.{parameter.Name}" : parameter.Name,
        IFieldReferenceOperation { Field: { IsConst: false } field } reference when OwnerOrNone(reference.Instance) is { } owner => $"{owner}.{(field.CorrespondingTupleField ?? field).Name}",
        IPropertyReferenceOperation reference when OwnerOrNone(reference.Instance) is { } owner && HasField(reference.Property) => $"{owner}.{reference.Property.Name}",
        _ => null,
    };

    private string? OwnerOrNone(IOperation? instance) => IsThis(instance) ? "this"
        : instance is null || refused.InsteadOrNone(instance.Type) is not null ? null
        : PathOrNone(instance);

    private static bool IsThis(IOperation? instance) => instance is IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance };

    /// <summary>Whether what it gives is in a field of its own; of properties that others may override nobody knows.</summary>
    private static bool HasField(IPropertySymbol property)
    {
        if (property.IsVirtual || property.IsAbstract || property.IsOverride)
        {
            return false;
        }

        foreach (ISymbol member in property.ContainingType.GetMembers())
        {
            if (member is IFieldSymbol { AssociatedSymbol: { } of } && SymbolEqualityComparer.Default.Equals(of, property))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Parameters of a type's own declaration live in its objects.</summary>
    private bool IsOfType(IParameterSymbol parameter) =>
        parameter.ContainingSymbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is TypeDeclarationSyntax;

    private static bool IsMarked(IMethodSymbol method)
    {
        foreach (AttributeData attribute in method.GetAttributes())
        {
            if (attribute.AttributeClass is { Name: "FunctionAttribute", ContainingNamespace: { Name: "Functions", ContainingNamespace.Name: "Rowen" } })
            {
                return method.IsStatic;
            }
        }

        return false;
    }

    /// <summary>What is only written, or only named, does not travel.</summary>
    private static bool IsWritten(IOperation operation) => operation.Parent switch
    {
        ISimpleAssignmentOperation assignment => assignment.Target == operation,
        IArgumentOperation argument => argument.Parameter?.RefKind == RefKind.Out,
        _ => false,
    };

    private void Read(IOperation operation, ISymbol symbol, string name)
    {
        if (!IsWritten(operation) && refused.InsteadOrNone(operation.Type) is { } instead && _told.Add(symbol))
        {
            string type = operation.Type!.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
            _found.Add(new Capture($"lambda.{name}", type, instead, _place ?? operation.Syntax.GetLocation()));
        }
    }

    /// <summary>Goes on in a method's body, if it is part of this program and was not read yet.</summary>
    [SuppressMessage("MicrosoftCodeAnalysisPerformance", "RS1030", Justification = "Few lambdas call methods of their own object in other files; nothing else gives their bodies.")]
    private void Follow(IMethodSymbol method)
    {
        if (method.IsVirtual || method.IsAbstract || _inside.Count >= MaxMethods || !_inside.Add(method))
        {
            return;
        }

        foreach (SyntaxReference reference in method.DeclaringSyntaxReferences)
        {
            SyntaxNode syntax = reference.GetSyntax(cancellationToken);
            if (compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax, cancellationToken) is { } body)
            {
                Visit(body);
            }
        }
    }
}
