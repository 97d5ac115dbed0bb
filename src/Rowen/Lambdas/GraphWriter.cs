using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Rowen.Protocol.ControlMessages;

namespace Rowen.Lambdas;

/// <summary>Writes a captured graph. Only executors read it (<c>Rowen.Executor.Lambdas.GraphReader</c>).</summary>
/// <remarks>
/// <code>
/// version      1
/// tables       as in GraphTables
/// count        of objects; the first is the delegate itself
/// heads        for each object its tag, and what it takes to make it empty
/// contents     for each object what it holds: references are numbers from 1, 0 is null
/// </code>
/// </remarks>
internal sealed class GraphWriter : SlotVisitor
{
    /// <summary>Version of the format.</summary>
    public const uint Version = 1;

    private readonly CapturedGraph _graph;
    private readonly GraphTables _tables;
    private readonly MessageWriter _heads = new();
    private readonly MessageWriter _contents = new();

    private GraphWriter(CapturedGraph graph)
    {
        _graph = graph;
        _tables = new GraphTables(graph.Walk);
    }

    /// <summary>The graph's bytes, and the assemblies that it needs to be sent.</summary>
    public static byte[] Write(CapturedGraph graph, out Assembly[] assemblies)
    {
        var writer = new GraphWriter(graph);
        foreach (GraphNode node in graph.Nodes)
        {
            writer.WriteHead(node);
            graph.Walk.Visit(node.Value, node.Tag, writer);
        }

        assemblies = [.. writer._tables.Shipped];
        var whole = new MessageWriter();
        whole.U32(Version);
        writer._tables.WriteTo(whole);
        whole.I32(graph.Nodes.Count);
        whole.Bytes(writer._heads.ToArray());
        whole.Bytes(writer._contents.ToArray());
        return whole.ToArray();
    }

    public override void Plain(Type type, object value) => _contents.Bytes(PlainBytes.Of(type, value));

    public override void Flag(bool isThere) => _contents.Flag(isThere);

    public override void Count(int count) => _contents.I32(count);

    public override void Value(Type type, GraphStep step) => _contents.I32(_tables.Shape(type));

    public override void Reference(Type declared, object? value, GraphStep step) => _contents.I32(_graph.NumberOf(value));

    private void WriteHead(GraphNode node)
    {
        object value = node.Value;
        Type type = value.GetType();
        _heads.U16((ushort)node.Tag);
        switch (node.Tag)
        {
            case GraphTag.Fields:
                _heads.I32(_tables.Shape(type));
                break;
            case GraphTag.Text:
                WriteText((string)value);
                break;
            case GraphTag.Value:
                _heads.I32(_tables.Type(type));
                _heads.Bytes(PlainBytes.Of(type, value));
                break;
            case GraphTag.Array or GraphTag.PlainArray:
                WriteArray((Array)value, node.Tag == GraphTag.PlainArray);
                break;
            case GraphTag.Delegate:
                var single = (Delegate)value;
                _heads.I32(_tables.Type(type));
                _heads.I32(_tables.Method(single.Method));
                _heads.I32(_graph.NumberOf(single.Target));
                break;
            case GraphTag.Delegates:
                _heads.I32(_tables.Type(type));
                _heads.I32List([.. ((Delegate)value).GetInvocationList().Select(_graph.NumberOf)]);
                break;
            case GraphTag.Type:
                _heads.I32(_tables.Type((Type)value));
                break;
            case GraphTag.Collection:
                _heads.I32(_tables.Type(type));
                break;
            default:
                WriteParsed(value);
                break;
        }
    }

    /// <summary>As UTF-16: a string may hold what is no text.</summary>
    private void WriteText(string text) => _heads.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));

    private void WriteArray(Array array, bool isPlain)
    {
        _heads.I32(_tables.Type(array.GetType()));
        _heads.I32List([.. Enumerable.Range(0, array.Rank).Select(array.GetLength)]);
        if (isPlain)
        {
            _heads.Bytes(PlainBytes.Of(array));
        }
    }

    private void WriteParsed(object value)
    {
        string[] texts = value switch
        {
            Uri uri => ["uri", uri.OriginalString, uri.IsAbsoluteUri ? "absolute" : "relative"],
            Regex regex => ["regex", regex.ToString(), Number((int)regex.Options), Number(regex.MatchTimeout.Ticks)],
            CultureInfo culture => ["culture", culture.Name],
            Encoding encoding => ["encoding", Number(encoding.CodePage), Flag(encoding.GetPreamble()), Flag(encoding.DecoderFallback)],
            TimeZoneInfo zone => ["zone", zone.ToSerializedString()],
            _ => WriteComparer((StringComparer)value),
        };
        _heads.TextList(texts);
    }

    [SuppressMessage("Globalization", "CA1309", Justification = "It is the comparer of a culture that is written.")]
    private static string[] WriteComparer(StringComparer comparer)
    {
        _ = StringComparer.IsWellKnownCultureAwareComparer(comparer, out CompareInfo? culture, out CompareOptions options);
        return ["comparer", culture!.Name, Number((int)options)];
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Flag(byte[] preamble) => preamble.Length > 0 ? "mark" : string.Empty;

    private static string Flag(DecoderFallback fallback) => fallback is DecoderExceptionFallback ? "throws" : string.Empty;
}
