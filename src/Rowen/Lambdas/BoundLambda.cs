using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Lambdas;

/// <summary>A function for one map: by its name where it is marked and loaded, else bound to each lease, and released at the end.</summary>
internal sealed class BoundLambda : IDisposable
{
    private readonly bool _isBound;

    private BoundLambda(string name, IReadOnlyCollection<Lease> leases, bool isBound) => (Name, Leases, _isBound) = (name, leases, isBound);

    /// <summary>What every one of the leases calls it.</summary>
    public string Name { get; }

    /// <summary>The leases that have it: those that were not lost meanwhile.</summary>
    public IReadOnlyCollection<Lease> Leases { get; }

    /// <exception cref="ArgumentException">Its result is no value.</exception>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>; or no lease could take it.</exception>
    public static async Task<BoundLambda> BindAsync(IReadOnlyCollection<Lease> leases, Delegate function, CancellationToken cancellationToken)
    {
        ReturnedTasks.Refuse(function);
        if (MarkedFunction.NameOrNone(function) is { } name && leases.All(lease => lease.Knows(name)))
        {
            return new BoundLambda(name, leases, isBound: false);
        }

        var lambda = CapturedLambda.Of(function);
        Exception?[] failures = await Task.WhenAll(leases.Select(lease => TryBindAsync(lease, lambda, cancellationToken))).ConfigureAwait(false);
        Lease[] bound = [.. leases.Where((_, i) => failures[i] is null)];
        return bound.Length > 0 || leases.Count == 0
            ? new BoundLambda(lambda.Name, bound, isBound: true)
            : throw failures[0]!;
    }

    public void Dispose()
    {
        foreach (Lease lease in _isBound ? Leases : [])
        {
            lease.Lambdas.Release(Name);
        }
    }

    private static async Task<Exception?> TryBindAsync(Lease lease, CapturedLambda lambda, CancellationToken cancellationToken)
    {
        try
        {
            await lease.Lambdas.BindAsync(lambda, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (RowenException exception) when (lease.EndedToken.IsCancellationRequested)
        {
            return exception; // the others go on
        }
    }
}
