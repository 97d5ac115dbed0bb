using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Rowen.Analyzers;

/// <summary>Warns where a function that is sent to executors captures what cannot travel: ROWEN001.</summary>
/// <remarks>
/// It says what the client would refuse when the program runs, by the same table, as far as that can be seen from the types of
/// variables, and of the fields that the function reads of what they hold: what hides behind <c>object</c>, or is read by a method of another
/// object, the client alone finds. It never warns of what would travel.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CaptureAnalyzer : DiagnosticAnalyzer
{
    private static readonly HashSet<string> Sending =
    [
        "MapAsync", "MapAsCompletedAsync", "MapReduceAsync", "StartMap", "Then", "CallAsync", "BindAsync", "Invoke", "InvokeAsync", "SubmitAsync",
    ];

    private static readonly DiagnosticDescriptor CannotShip = new(
        "ROWEN001",
        "A function captures what cannot travel",
        "cannot ship {0}",
        "Rowen",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "A function that is given to Rowen runs in other processes, with a copy of what it captures.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [CannotShip];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("Rowen.RowenClient") is not null)
            {
                var refused = new RefusedTypes(start.Compilation);
                start.RegisterOperationAction(invocation => Check(invocation, refused), OperationKind.Invocation);
            }
        });
    }

    private static void Check(OperationAnalysisContext context, RefusedTypes refused)
    {
        var invocation = (IInvocationOperation)context.Operation;
        IMethodSymbol method = invocation.TargetMethod;
        if (!Sending.Contains(method.Name) || method.ContainingNamespace is not { Name: "Rowen", ContainingNamespace.IsGlobalNamespace: true })
        {
            return;
        }

        foreach (IArgumentOperation argument in invocation.Arguments)
        {
            if (GivenFunction.OrNone(argument.Value) is { } function)
            {
                var walk = new CaptureWalk(refused, context.Compilation, context.CancellationToken);
                foreach (Capture found in walk.Find(function))
                {
                    context.ReportDiagnostic(Diagnostic.Create(CannotShip, found.Location, $"'{found.Path}': {found.TypeName}. {found.Instead}"));
                }
            }
        }
    }
}
