using Rowen.ObjectStorage;

namespace Rowen;

/// <content>Maps over objects of stores.</content>
public sealed partial class RowenClient
{
    /// <summary>Runs a function on every part of a source, on every free core, and returns the results in the order of the parts.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="source">The objects, and how they are cut. They are listed when the map begins.</param>
    /// <param name="function">What is run on each part, where the part is opened.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">The function cannot be sent.</exception>
    /// <exception cref="IOException">A store fails, or the source names nothing that is there.</exception>
    /// <exception cref="MapException">A part failed, or nobody can know whether it ran.</exception>
    public Task<TOut[]> MapAsync<TOut>(
        ObjectSource source, Func<ObjectPart, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapPartsAsync<TOut>(source, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every part of a source: a core waits for one part before it takes the next.</summary>
    /// <inheritdoc cref="MapAsync{TOut}(ObjectSource, Func{ObjectPart, TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    public Task<TOut[]> MapAsync<TOut>(
        ObjectSource source, Func<ObjectPart, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapPartsAsync<TOut>(source, function, options, cancellationToken);

    private async Task<TOut[]> MapPartsAsync<TOut>(
        ObjectSource source, Delegate function, MapOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        IReadOnlyList<ObjectPart> parts = await source.PartsAsync(cancellationToken).ConfigureAwait(false);
        return await MapOverClusterAsync<ObjectPart, TOut>(parts, function, options, cancellationToken).ConfigureAwait(false);
    }
}
