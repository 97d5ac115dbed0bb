using System.Globalization;

namespace Rowen.ObjectStorage;

/// <summary>Objects of one or several stores, and how a map cuts them into parts. Immutable; thread safety: any thread.</summary>
/// <remarks>
/// <code>
/// ObjectSource.From("s3://bucket/prefix/*.csv").ChunkedBy(64.MiB(), Records.Lines)
/// </code>
/// What is cut is cut exactly: each record is in one part, the one in which its first byte lies, however long it is. An object is one part
/// unless the source says otherwise, and an empty object is an empty part.
/// Objects whose names end in .gz or .br are one part each, which is decompressed where it is read, unless they are cut as <see cref="Records.Bytes"/>.
/// </remarks>
public sealed class ObjectSource
{
    private const int MaxParts = 10_000_000;

    private readonly IReadOnlyList<SourcePattern> _patterns;
    private readonly PartPlan _plan;
    private readonly string? _access;

    private ObjectSource(IReadOnlyList<SourcePattern> patterns, PartPlan plan, string? access)
    {
        _patterns = patterns;
        _plan = plan;
        _access = access;
    }

    /// <summary>Names objects.</summary>
    /// <param name="uris">
    /// Each is one object, a folder or prefix (ending in a slash: all below it), or a pattern: <c>*</c> and <c>?</c> stay within a
    /// folder, <c>**</c> does not, <c>[abc]</c> and <c>[!abc]</c> are one character. Paths, <c>file:/path</c>, <c>s3://bucket/name</c>, <c>redis://host:port/prefix/name</c>.
    /// An object that is named twice counts once.
    /// </param>
    /// <exception cref="ArgumentException">One names no objects; the message says why.</exception>
    public static ObjectSource From(params IReadOnlyList<string> uris)
    {
        ArgumentNullException.ThrowIfNull(uris);
        return uris.Count > 0
            ? new ObjectSource([.. uris.Select(SourcePattern.Parse)], new PartPlan(0, 0, Records.Bytes), access: null)
            : throw new ArgumentException("A source names at least one object, folder or pattern.", nameof(uris));
    }

    /// <summary>Cuts each object into parts of about a size.</summary>
    /// <param name="bytes">The size, from 1: a part ends with the record that is under way there.</param>
    /// <param name="records">Where objects may be cut.</param>
    public ObjectSource ChunkedBy(long bytes, Records records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        return new ObjectSource(_patterns, new PartPlan(bytes, 0, Checked(records)), _access);
    }

    /// <summary>Cuts each object into so many parts of about the same size; into fewer if it has not so many bytes.</summary>
    /// <param name="count">How many parts of each object, from 1.</param>
    /// <param name="records">Where objects may be cut.</param>
    public ObjectSource ChunkedInto(int count, Records records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new ObjectSource(_patterns, new PartPlan(0, count, Checked(records)), _access);
    }

    /// <summary>Says which file tells how stores are reached.</summary>
    /// <param name="file">
    /// Its path, which is the same on every node: executors read it by themselves. <c>~/.rowen/stores.json</c> unless this is called. Its content, and so no
    /// secret, is ever sent.
    /// </param>
    public ObjectSource WithAccess(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return new ObjectSource(_patterns, _plan, Path.GetFullPath(file));
    }

    /// <summary>Lists the objects.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Objects in the order of the URIs, then of their names, each with the URI of its store.</returns>
    /// <exception cref="IOException">A store fails, or a URI names nothing that is there.</exception>
    public async Task<IReadOnlyList<SourceObject>> ListAsync(CancellationToken cancellationToken = default)
    {
        List<SourceObject> found = [];
        var seen = new HashSet<(string Store, string Name)>();
        foreach (SourcePattern pattern in _patterns)
        {
            IReadOnlyList<StoredObject> those = await FindAsync(pattern, cancellationToken).ConfigureAwait(false);
            found.AddRange(those.Where(one => seen.Add((pattern.Store, one.Name))).Select(one => new SourceObject(pattern.Store, one)));
        }

        return found;
    }

    /// <summary>Counts objects, bytes and parts. Lists objects, and reads none.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">As <see cref="ListAsync"/>.</exception>
    public async Task<ObjectSourceStatistics> MeasureAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SourceObject> found = await ListAsync(cancellationToken).ConfigureAwait(false);
        return new ObjectSourceStatistics(
            found.Count,
            found.Count(one => one.Found.LengthBytes == 0),
            found.Sum(one => one.Found.LengthBytes),
            found.Select(one => one.Found.LengthBytes).DefaultIfEmpty().Max(),
            found.Sum(one => _plan.CountOf(one.Found)));
    }

    /// <summary>Cuts the objects into parts: the items of a map.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Parts in the order of the objects, and of their bytes.</returns>
    /// <remarks>
    /// Reads nothing, but for <see cref="Records.Csv"/> the objects that have more than one part: whether a line break stands between quotes
    /// depends on every quote before it. They are counted here, in several ranges at a time, and each part carries the parity at its start.
    /// </remarks>
    /// <exception cref="IOException">
    /// As <see cref="ListAsync"/>; or there would be more than ten million parts, or records are wanted of what is compressed otherwise than as .gz or .br.
    /// </exception>
    public async Task<IReadOnlyList<ObjectPart>> PartsAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SourceObject> found = await ListAsync(cancellationToken).ConfigureAwait(false);
        long count = found.Sum(one => _plan.CountOf(one.Found));
        if (count > MaxParts)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The source has {count} parts, and a map takes {MaxParts} at most. Cut it into larger ones."));
        }

        var parts = new List<ObjectPart>((int)count);
        foreach (SourceObject one in found)
        {
            ObjectPart[] those = _plan.Cut(one, _access);
            if (_plan.Records == Records.Csv && those.Length > 1)
            {
                those = await QuoteScan.MarkAsync(OpenedStores.Get(one.Store, _access), one.Found, those, cancellationToken).ConfigureAwait(false);
            }

            parts.AddRange(those);
        }

        return parts;
    }

    private static Records Checked(Records records) =>
        Enum.IsDefined(records) ? records : throw new ArgumentOutOfRangeException(nameof(records), records, "There are no such records.");

    private async Task<IReadOnlyList<StoredObject>> FindAsync(SourcePattern pattern, CancellationToken cancellationToken)
    {
        IObjectStore store = OpenedStores.Get(pattern.Store, _access);
        if (pattern.Name is { } name)
        {
            return await store.HeadAsync(name, cancellationToken).ConfigureAwait(false) is { } one
                ? [one]
                : throw new FileNotFoundException($"There is no '{name}' in {pattern.Store}. A folder or prefix ends in a slash.");
        }

        IReadOnlyList<StoredObject> all = await store.ListAsync(pattern.Prefix, cancellationToken).ConfigureAwait(false);
        List<StoredObject> found = [.. all.Where(one => pattern.Fits?.IsMatch(one.Name) != false && !one.Name.EndsWith('/'))]; // S3's folders are no objects
        return found.Count > 0 ? found : throw new FileNotFoundException($"Nothing in {pattern.Store} fits: {all.Count} objects begin with '{pattern.Prefix}'.");
    }
}
