using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Executor.CodePackages;
using Rowen.Lambdas;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Lambdas;

/// <summary>Makes the objects of a captured graph anew. The bytes are as hostile as any, though their sender may run code here.</summary>
/// <remarks>
/// First every object is made empty, then delegates are bound to their targets, then fields and elements are set, and last
/// collections are filled, the innermost first: what a key hashes to may depend on what it holds.
/// </remarks>
internal sealed partial class GraphReader
{
    /// <summary>Delegates whose target is a delegate; deeper than anybody writes, and a cycle among them ends here.</summary>
    private const int MaxDelegateDepth = 100;

    private readonly GraphNames _names;
    private readonly GraphTag[] _tags;
    private readonly object?[] _objects;
    private readonly Dictionary<int, DelegateHead> _delegates = [];
    private readonly Dictionary<int, FilledCollection> _collections = [];
    private readonly GraphShape?[] _shapes;

    private GraphReader(GraphNames names, int count)
    {
        _names = names;
        _objects = new object?[count];
        _tags = new GraphTag[count];
        _shapes = new GraphShape?[count];
    }

    /// <summary>The delegate that a graph begins with.</summary>
    /// <exception cref="RowenException">The bytes are damaged, or name what this process has not.</exception>
    public static Delegate Read(byte[] graph, CodePackageContext? code) => Read(graph, code, out _);

    /// <summary>Likewise, with the fields that have come of the object that it is bound to; none if it is bound to something else.</summary>
    public static Delegate Read(byte[] graph, CodePackageContext? code, out FieldInfo[] targetFields)
    {
        try
        {
            return ReadTrusting(graph, code, out targetFields);
        }
        catch (Exception exception) when (exception is not (RowenException or OutOfMemoryException))
        {
            Exception cause = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
            throw new RowenException(
                ErrorCode.MalformedInput, $"What the lambda captures could not be made here: {cause.GetType().Name}: {cause.Message}", cause);
        }
    }

    private static Delegate ReadTrusting(byte[] graph, CodePackageContext? code, out FieldInfo[] targetFields)
    {
        var reader = new MessageReader(graph);
        uint version = reader.U32();
        if (version != GraphWriter.Version)
        {
            throw new RowenException(
                ErrorCode.OtherVersion, $"The caller writes lambdas in version {version} of the format, this executor reads {GraphWriter.Version}.");
        }

        var names = new GraphNames(ref reader, code);
        int count = reader.I32();
        byte[] heads = reader.Bytes();
        byte[] contents = reader.Bytes();
        if (!reader.IsWhole || count < 1 || count > heads.Length)
        {
            throw GraphNames.Damaged($"{count} objects in {heads.Length} bytes");
        }

        var whole = new GraphReader(names, count);
        whole.MakeEmpty(new MessageReader(heads), contents.Length);
        foreach (int number in whole._delegates.Keys)
        {
            whole.Bind(number, depth: 0);
        }

        whole.Fill(new MessageReader(contents));
        Delegate lambda = whole._objects[0] as Delegate ?? throw GraphNames.Damaged("it begins with no delegate");
        int target = Array.FindIndex(whole._objects, each => each is not null && ReferenceEquals(each, lambda.Target));
        targetFields = target < 0 ? [] : whole._shapes[target]?.Fields ?? [];
        return lambda;
    }

    private void MakeEmpty(MessageReader heads, int contentBytes)
    {
        long left = (long)contentBytes + ushort.MaxValue; // what references or values may fill
        for (int i = 0; i < _objects.Length; i++)
        {
            _tags[i] = (GraphTag)heads.U16();
            _objects[i] = _tags[i] switch
            {
                GraphTag.Fields => MakeEmpty(_shapes[i] = _names.Shape(heads.I32())),
                GraphTag.Text => new string(MemoryMarshal.Cast<byte, char>(heads.Bytes())),
                GraphTag.Value => ReadPlain(_names.Type(heads.I32()), heads.Bytes()),
                GraphTag.Array or GraphTag.PlainArray => MakeArray(ref heads, _tags[i] == GraphTag.PlainArray, ref left),
                GraphTag.Delegate => Keep(i, new DelegateHead(_names.Type(heads.I32()), _names.Method(heads.I32()), [heads.I32()])),
                GraphTag.Delegates => Keep(i, new DelegateHead(_names.Type(heads.I32()), null, heads.I32List())),
                GraphTag.Type => _names.Type(heads.I32()),
                GraphTag.Collection => Keep(i, new FilledCollection(_names.Type(heads.I32()))),
                GraphTag.Parsed => ParsedObjects.Make(heads.TextList()),
                _ => throw GraphNames.Damaged($"an object of kind {_tags[i]}"),
            };
        }

        if (!heads.IsWhole)
        {
            throw GraphNames.Damaged("the heads of its objects do not end where they should");
        }
    }

    /// <summary>Never finalized: a copy owns nothing, and what its finalizer needs may have stayed behind.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "Nobody else can say it: the object's constructor never runs.")]
    private static object MakeEmpty(GraphShape shape)
    {
        object empty = RuntimeHelpers.GetUninitializedObject(shape.Type);
        GC.SuppressFinalize(empty);
        return empty;
    }

    private Array MakeArray(ref MessageReader heads, bool isPlain, ref long left)
    {
        Type type = _names.Type(heads.I32());
        int[] lengths = heads.I32List();
        long count = lengths.Aggregate(1L, (all, length) => checked(all * length));
        byte[] bytes = isPlain ? heads.Bytes() : [];
        left -= isPlain ? 0 : count;
        if (!type.IsArray || lengths.Length != type.GetArrayRank() || count < 0 || left < 0
            || isPlain != PlainBytes.Has(type.GetElementType()!)
            || (isPlain && count > bytes.Length))
        {
            throw GraphNames.Damaged($"a {type} of {count} elements");
        }

        var array = Array.CreateInstance(type.GetElementType()!, lengths);
        if (isPlain)
        {
            Span<byte> memory = PlainBytes.Of(array);
            if (memory.Length != bytes.Length)
            {
                throw GraphNames.Damaged($"a {type} in {bytes.Length} bytes");
            }

            bytes.CopyTo(memory);
        }

        return array;
    }

    private object? Keep(int index, DelegateHead head)
    {
        _delegates.Add(index, head);
        return null;
    }

    private object Keep(int index, FilledCollection collection)
    {
        _collections.Add(index, collection);
        return collection.Empty;
    }

    private object? Bind(int index, int depth)
    {
        if (_objects[index] is { } bound)
        {
            return bound;
        }

        if (depth > MaxDelegateDepth || !_delegates.TryGetValue(index, out DelegateHead? head))
        {
            throw GraphNames.Damaged("a delegate of delegates without end");
        }

        object?[] targets = [.. head.Targets.Select(number =>
            number == 0 ? null : _tags[IndexOf(number)] is GraphTag.Delegate or GraphTag.Delegates ? Bind(IndexOf(number), depth + 1) : ObjectOf(number))];
        return _objects[index] = head.Method is { } method
            ? Delegate.CreateDelegate(head.Type, targets[0], method)
            : Delegate.Combine([.. targets.Cast<Delegate>()]);
    }

    private void Fill(MessageReader contents)
    {
        for (int i = 0; i < _objects.Length; i++)
        {
            object value = _objects[i]!;
            switch (_tags[i])
            {
                case GraphTag.Fields:
                    FillFields(value, _shapes[i]!, ref contents);
                    break;
                case GraphTag.Array:
                    FillArray((Array)value, ref contents);
                    break;
                case GraphTag.Delegate or GraphTag.Delegates:
                    Skip(_delegates[i].Targets.Length, ref contents); // said in its head
                    break;
                case GraphTag.Collection:
                    FillCollection(_collections[i], ref contents);
                    break;
                default:
                    break;
            }
        }

        if (!contents.IsWhole)
        {
            throw GraphNames.Damaged("the contents of its objects do not end where they should");
        }

        foreach (int index in _collections.Keys.OrderDescending())
        {
            _collections[index].Complete();
        }
    }
}
