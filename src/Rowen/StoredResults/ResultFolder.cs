using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Rowen.ObjectStorage;

namespace Rowen.StoredResults;

/// <summary>A map's folder in a store: made when the map begins, and removed with all that is in it when its results are disposed.</summary>
/// <remarks>Thread safety: any thread; disposed once.</remarks>
internal sealed class ResultFolder : IAsyncDisposable
{
    private const int MaxAtOnce = 8;

    private readonly ILogger _logger;

    private ResultFolder(ResultPlace place, ILogger logger) => (Place, _logger) = (place, logger);

    public ResultPlace Place { get; }

    /// <summary>Makes a folder that no other map has.</summary>
    /// <exception cref="ArgumentException">No store is of that URI.</exception>
    /// <exception cref="IOException">The store fails.</exception>
    public static async Task<ResultFolder> BeginAsync(ResultStore results, ILogger logger, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // not later: a mark that was put is known to be there
        string now = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var place = new ResultPlace(
            results.Store, results.Access, $"map-{now}-{RandomNumberGenerator.GetHexString(16, lowercase: true)}", results.ThresholdBytes, results.Keep);
        var folder = new ResultFolder(place, logger);
        if (!results.Keep)
        {
            string whose = $"Results of a map of {AppDomain.CurrentDomain.FriendlyName}, process {Environment.ProcessId} on {Environment.MachineName}; they go with it.\n";
            using var mark = new MemoryStream(Encoding.UTF8.GetBytes(whose));
            await place.Open().PutAsync($"{place.Folder}/{ResultPlace.Mark}", mark, CancellationToken.None).ConfigureAwait(false);
        }

        return folder;
    }

    /// <summary>The values of all results, in their order, a few at a time.</summary>
    public async Task<T[]> ReadAllAsync<T>(Stored<T>[] stored, CancellationToken cancellationToken)
    {
        var values = new T[stored.Length];
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, stored.Length, bounds, async (i, token) => values[i] = await Place.ReadAsync(stored[i], token).ConfigureAwait(false)).ConfigureAwait(false);
        return values;
    }

    /// <summary>Removes what is in it, unless it is to be kept. A store that fails is told of in the log: the map's results are there nevertheless.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws, it must not take the place of results.")]
    public async ValueTask DisposeAsync()
    {
        if (Place.Keeps)
        {
            return;
        }

        try
        {
            await RemoveAsync(Place.Open()).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ResultLog.NotRemoved(_logger, Place.Folder, Place.Store, exception.Message);
        }
    }

    /// <summary>The mark goes first: what is put from then on is removed by whoever put it, and what was put before is in the list.</summary>
    private async Task RemoveAsync(IObjectStore store)
    {
        await store.DeleteAsync($"{Place.Folder}/{ResultPlace.Mark}").ConfigureAwait(false);
        IReadOnlyList<StoredObject> found = await store.ListAsync($"{Place.Folder}/").ConfigureAwait(false);
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce };
        await Parallel.ForEachAsync(found, bounds, async (each, token) => await store.DeleteAsync(each.Name, token).ConfigureAwait(false)).ConfigureAwait(false);
        _ = (store as FileObjectStore)?.TryDeleteFolder(Place.Folder); // if not: whoever put something into it sees that the mark is gone, and does
    }
}
