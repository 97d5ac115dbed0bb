using System.Reflection;
using System.Runtime.CompilerServices;
using Rowen.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Lambdas;
using Rowen.StoredResults;

namespace Rowen.Lambdas;

/// <summary>A lambda with a copy of what it captures, ready to be sent. Immutable.</summary>
internal sealed class CapturedLambda
{
    private static int s_count;

    private readonly byte[] _graph;
    private readonly Assembly[] _assemblies;
    private readonly Assembly _home;

    private CapturedLambda(Delegate lambda, CapturedGraph graph)
    {
        MethodInfo method = StoredFunction.Within(lambda).Method;
        _home = method.Module.Assembly;
        _graph = GraphWriter.Write(graph, out _assemblies);
        MutableStatics = graph.MutableStatics;
        CapturesNothing = graph.CapturesNothing;
        ClosureFields = graph.ClosureFields;
        MethodName = MemberNames.Of(method);
        Name = $"{MethodName}#{Interlocked.Increment(ref s_count)}";
    }

    private CapturedLambda(string method, byte[] graph)
    {
        (_graph, _assemblies, _home) = (graph, [], typeof(CapturedLambda).Assembly);
        MutableStatics = [];
        ClosureFields = [];
        MethodName = method;
        Name = $"{method}#{Interlocked.Increment(ref s_count)}";
    }

    /// <summary>A copy that another program made, to be handed on as it is; its code is that program's package.</summary>
    /// <param name="method">What <see cref="MethodName"/> was there.</param>
    /// <param name="graph">What <see cref="Graph"/> was.</param>
    public static CapturedLambda OfFile(string method, byte[] graph) => new(method, graph);

    /// <summary>What it captures, for executors to read.</summary>
    public ReadOnlySpan<byte> Graph => _graph;

    /// <summary>Unique in this program, as in <c>Program.Main.lambda#3</c>.</summary>
    public string Name { get; }

    /// <summary>The lambda's method; a lambda is named after the method that it stands in.</summary>
    public string MethodName { get; }

    /// <summary>Static fields that its code reads, and that may hold something else here than there.</summary>
    public IReadOnlyCollection<string> MutableStatics { get; }

    /// <summary>Whether every copy is like every other, now and later.</summary>
    public bool CapturesNothing { get; }

    /// <summary>The fields that travel of the closure that it is bound to; none if it is bound to something else.</summary>
    public FieldInfo[] ClosureFields { get; }

    /// <summary>Copies what a delegate's code reads of what it reaches.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>, with the path to what cannot travel.</exception>
    /// <exception cref="ArgumentException">Its code is in no file.</exception>
    public static CapturedLambda Of(Delegate lambda)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new ArgumentException(
                "This program was compiled ahead of time: its lambdas have no code that could be sent. Call functions by name, with CodePackage.FromFolder.",
                nameof(lambda));
        }

        return new CapturedLambda(lambda, CapturedGraph.Of(lambda));
    }

    /// <summary>The package to send: the folder of the lambda's own assembly.</summary>
    /// <exception cref="RowenException">The folder lacks an assembly that something captured needs.</exception>
    public CodePackage MakeCode()
    {
        Assembly home = CodeOrigin.IsShipped(_home) ? _home : _assemblies.FirstOrDefault() ?? _home;
        CodePackage code = CodeOrigin.LocationOf(home) is { Length: > 0 } && !CodeOrigin.IsShipped(home)
            ? CodePackage.OfThisProgram() // code of the framework alone
            : CodePackage.FromAssembly(home);
        return Require(code);
    }

    /// <summary>The same package, if it has all assemblies that are needed.</summary>
    /// <exception cref="RowenException">It has not.</exception>
    public CodePackage Require(CodePackage code) => MissingOrNone(code) is { } missing
        ? throw new RowenException(
            ErrorCode.PackageUnusable,
            $"{MethodName} cannot be sent with the code package {code}: it lacks {missing}, as this program has loaded it.")
        : code;

    /// <summary>Whether a package has all assemblies that are needed, as this program has loaded them.</summary>
    public bool Fits(CodePackage code) => MissingOrNone(code) is null;

    /// <summary>What to send to an executor that has loaded a package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="takesValues">Whether each call brings the values of its closure.</param>
    public byte[] Bind(CodePackageId package, bool takesValues = false) => ControlMessage.Write(new LambdaBinding(package, Name, _graph, takesValues));

    private string? MissingOrNone(CodePackage code) => _assemblies
        .Select(CodeOrigin.LocationOf)
        .FirstOrDefault(location => !code.Holds(location)) is { } missing ? Path.GetFileName(missing) : null;
}
