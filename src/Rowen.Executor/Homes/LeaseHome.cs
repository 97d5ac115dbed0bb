using Rowen.Executor.Functions;
using Rowen.Executor.Lambdas;
using Rowen.Maps;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Homes;

/// <summary>This executor, as maps see it that its own functions begin.</summary>
internal sealed class LeaseHome(ExecutorAssignment assignment, PackageLoader packages, FunctionTable functions) : HomeExecutor
{
    public override LeaseView Lease { get; } = new()
    {
        Id = assignment.Lease,
        Node = assignment.Node,
        NodeName = assignment.NodeName,
        Cores = assignment.Cores.Count,
        MemoryBytes = assignment.MemoryBytes,
    };

    public override bool Has(CodePackageId package) => packages.Has(package);

    public override HomeFunction Bind(CodePackageId package, string name, byte[]? lambda)
    {
        PackageFunctions? loaded = package == default ? null : packages.Load(new LoadPackage(Ask: 0, package));
        if (loaded?.Error is { } error)
        {
            throw error.ToException();
        }

        return new BoundHomeFunction(lambda is null ? Find(loaded, name) : Make(lambda), assignment);
    }

    private LambdaFunction Make(byte[] lambda)
    {
        if (!ControlMessage.TryRead(lambda, out LambdaBinding binding))
        {
            throw new RowenException(ErrorCode.MalformedInput, "These bytes are no lambda.");
        }

        return LambdaFunction.Of(binding.Name, GraphReader.Read(binding.Graph, binding.Package == default ? null : packages.ContextOf(binding.Package)));
    }

    /// <summary>By its name; without a package it is the function that every executor has.</summary>
    private LoadedFunction Find(PackageFunctions? loaded, string name)
    {
        uint? index = loaded is null ? 0 : loaded.Functions.Where(function => function.Name == name).Select(function => (uint?)function.Index).FirstOrDefault();
        return (index is { } known ? functions.OrNone(known) : null)
            ?? throw new RowenException(ErrorCode.UnknownFunction, $"The code package has no function '{name}'.");
    }
}
