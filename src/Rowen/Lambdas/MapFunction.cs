using Rowen.Functions;

namespace Rowen.Lambdas;

/// <summary>What a map that takes its own leases calls, and what those leases need for it.</summary>
/// <param name="Name">What the leases call it.</param>
/// <param name="Code">The code package that holds it.</param>
/// <param name="Options">The map's options; its leases bring a lambda along.</param>
internal sealed record MapFunction(string Name, CodePackage Code, MapOptions Options)
{
    /// <summary>By name if it is marked, else as a lambda.</summary>
    /// <exception cref="ArgumentException">Its result is no value.</exception>
    public static MapFunction Of(Delegate function, MapOptions options)
    {
        ReturnedTasks.Refuse(function);
        if (MarkedFunction.NameOrNone(function) is { } name)
        {
            return new MapFunction(name, options.Code ?? CodePackage.FromAssembly(function.Method.Module.Assembly), options);
        }

        var lambda = CapturedLambda.Of(function);
        CodePackage code = options.Code is { } given ? lambda.Require(given) : lambda.MakeCode();
        return new MapFunction(lambda.Name, code, options with { Lease = options.Lease with { Lambda = lambda } });
    }
}
