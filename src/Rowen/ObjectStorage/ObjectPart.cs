using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Rowen.ObjectStorage;

/// <summary>A part of an object: what a function of a partitioned map takes.</summary>
/// <remarks>
/// It travels as the few words below and opens its store where it is read, with that machine's file of stores: no secret travels. All of an
/// object's parts are read from one version of it. Thread safety: any thread; each stream is one thread's.
/// <code>
/// [Function]
/// public static long CountLines(ObjectPart part)
/// {
///     using RecordReader lines = part.OpenRecords();
///     long count = 0;
///     while (lines.TryRead(out ReadOnlySpan&lt;byte&gt; line)) count++;
///     return count;
/// }
/// </code>
/// </remarks>
/// <param name="Store">URI of the object's store.</param>
/// <param name="Access">Path of the file that says how stores are reached; null: <c>~/.rowen/stores.json</c>, if it is there.</param>
/// <param name="Whole">The object.</param>
/// <param name="Index">Which of its parts this is, from 0.</param>
/// <param name="Count">How many it has.</param>
/// <param name="StartBytes">Where the part is cut from: records that begin here or later are its own, up to <paramref name="EndBytes"/>.</param>
/// <param name="EndBytes">Where the next part is cut from: a record that began before is read to its end.</param>
/// <param name="Records">What the object consists of.</param>
/// <param name="StartsQuoted">Whether <paramref name="StartBytes"/> lies between quotes; of <see cref="Records.Csv"/> alone.</param>
public sealed record ObjectPart(
    string Store,
    string? Access,
    StoredObject Whole,
    int Index,
    int Count,
    long StartBytes,
    long EndBytes,
    Records Records,
    bool StartsQuoted)
{
    /// <summary>Opens the part: whole records, with their ends, and nothing else; decompressed if it has records. Reads ahead where the store is far.</summary>
    /// <returns>A stream that goes one way and that the caller disposes. How long it is shows at its end.</returns>
    /// <exception cref="IOException">From the stream: the store fails; <see cref="ObjectChangedException"/>: the object is another by now.</exception>
    public Stream Open()
    {
        IObjectStore store = OpenedStores.Get(Store, Access);
        return Compression.IsWhole(Whole.Name, Records)
            ? Compression.Open(Read(store, this with { Records = Records.Bytes }), Whole.Name)
            : Read(store, this);
    }

    /// <summary>Opens the part, record by record, without a copy of any.</summary>
    /// <returns>A reader that the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The part is of <see cref="Records.Bytes"/>: it has no records.</exception>
    public RecordReader OpenRecords() => Records != Records.Bytes
        ? new RecordReader(Open(), Records)
        : throw new InvalidOperationException("A part of Records.Bytes has no records. Cut the source by Records.Lines or Records.Csv, or read part.Open().");

    /// <summary>Reads the records as texts: lines without their ends, or whole lines of CSV with the line breaks within their fields.</summary>
    /// <returns>Records, as they are read. What is no UTF-8 becomes U+FFFD; a byte order mark at the object's beginning is left out.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="OpenRecords"/>.</exception>
    public IEnumerable<string> ReadRecords()
    {
        using RecordReader reader = OpenRecords();
        bool isFirst = Index == 0;
        while (TryReadText(reader, out string? text))
        {
            yield return isFirst ? text.TrimStart('\uFEFF') : text;
            isFirst = false;
        }
    }

    private static PartStream Read(IObjectStore store, ObjectPart part) =>
        new(part, (offset, lengthBytes, cancellationToken) => store.OpenRangeAsync(part.Whole, offset, lengthBytes, cancellationToken));

    private static bool TryReadText(RecordReader reader, [NotNullWhen(true)] out string? text)
    {
        text = reader.TryRead(out ReadOnlySpan<byte> record) ? Encoding.UTF8.GetString(record) : null;
        return text is not null;
    }
}
