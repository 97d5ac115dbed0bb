using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen.Lambdas;

/// <summary>A delegate and all that it reaches, as far as its code reads it. Refuses what cannot travel, by its path.</summary>
/// <remarks>
/// What is read follows from the objects (their types decide what virtual calls do), and which objects there are follows from
/// what is read: both are looked at in turn until neither changes.
/// </remarks>
internal sealed class CapturedGraph : SlotVisitor
{
    /// <summary>Beyond it an object's number takes more memory than most objects; nobody captures so much.</summary>
    private const int MaxObjects = 50_000_000;

    private readonly ReadAnalysis _analysis = new();
    private readonly SlotWalk _walk;
    private readonly Delegate _root;
    private readonly Dictionary<object, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<GraphNode> _nodes = [];
    private GraphNode _current = null!;
    private bool _isTarget;

    private CapturedGraph(Delegate root)
    {
        _root = root;
        _walk = new SlotWalk(_analysis);
    }

    /// <summary>All objects, the delegate first.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>Shows what they hold.</summary>
    public SlotWalk Walk => _walk;

    /// <summary>Static fields that the code reads, and that may hold something else here than there.</summary>
    public IReadOnlyCollection<string> MutableStatics => _analysis.MutableStatics;

    /// <summary>Whether there is nothing but the delegate, and the empty object that the compiler binds lambdas to.</summary>
    public bool CapturesNothing => _nodes.Count == 1 || (_nodes.Count == 2 && CodeOrigin.IsClosure(_nodes[1].Value.GetType())
        && _walk.FieldsThatTravel(_nodes[1].Value.GetType()).Length == 0);

    /// <summary>The fields that travel of the closure that the delegate is bound to; none if it is bound to something else.</summary>
    public FieldInfo[] ClosureFields => _root is { HasSingleTarget: true, Target: { } target } && CodeOrigin.IsClosure(target.GetType())
        ? _walk.FieldsThatTravel(target.GetType())
        : [];

    /// <summary>An object's number, from 1; 0 for null.</summary>
    public int NumberOf(object? value) => value is null ? 0 : _numbers[value];

    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>.</exception>
    public static CapturedGraph Of(Delegate root)
    {
        var graph = new CapturedGraph(root);
        int version;
        do
        {
            version = graph._analysis.Version;
            graph.Discover();
            graph._analysis.Follow();
        }
        while (graph._analysis.Version != version);
        return graph;
    }

    public override void Plain(Type type, object value)
    {
        // It holds nothing that could be refused.
    }

    public override void Flag(bool isThere)
    {
        // Likewise.
    }

    public override void Count(int count)
    {
        // Likewise.
    }

    public override void Value(Type type, GraphStep step)
    {
        Check(type, step);
        _analysis.AddLive(type);
    }

    public override void Reference(Type declared, object? value, GraphStep step)
    {
        if (value is null)
        {
            return;
        }

        Type type = value.GetType();
        bool isFollowed = _isTarget || declared == type || (CodeOrigin.IsShipped(declared) && CodeOrigin.IsShipped(type));
        if (!isFollowed)
        {
            _analysis.AddWhole(type); // who takes it from there does not know its type, and is not followed
        }

        _analysis.AddLive(type);
        if (!_numbers.ContainsKey(value))
        {
            Add(value, step);
        }
    }

    private void Discover()
    {
        _numbers.Clear();
        _nodes.Clear();
        Add(_root, default);
        for (int i = 0; i < _nodes.Count; i++)
        {
            _current = _nodes[i];
            _isTarget = _current.Tag == GraphTag.Delegate;
            _walk.Visit(_current.Value, _current.Tag, this);
        }
    }

    private void Add(object value, GraphStep step)
    {
        Type type = value.GetType();
        GraphNode? from = _nodes.Count == 0 ? null : _current;
        GraphTag tag = TagOf(value, type);
        var node = new GraphNode(value, tag, from, step);
        if (tag is GraphTag.Fields or GraphTag.Delegate)
        {
            Check(type, step, from);
        }

        if (value is Delegate { HasSingleTarget: true } single)
        {
            CheckMethod(single, node);
            _analysis.AddMethod(single.Method);
            if (single.Target is { } target and not StoredFunction && !CodeOrigin.IsShipped(single.Method.Module.Assembly))
            {
                _analysis.AddWhole(target.GetType());
            }
        }

        if (_nodes.Count >= MaxObjects)
        {
            throw new RowenException(ErrorCode.CannotShip, $"cannot ship '{node.PathTo()}': the lambda reaches more than {MaxObjects} objects.");
        }

        _nodes.Add(node);
        _numbers.Add(value, _nodes.Count);
    }

    private static GraphTag TagOf(object value, Type type)
    {
        if (value is string)
        {
            return GraphTag.Text;
        }

        if (value is Array array)
        {
            return PlainBytes.Has(type.GetElementType()!) ? GraphTag.PlainArray : GraphTag.Array;
        }

        if (value is Delegate @delegate)
        {
            return @delegate.HasSingleTarget ? GraphTag.Delegate : GraphTag.Delegates;
        }

        return value is Type ? GraphTag.Type
            : PlainBytes.Has(type) ? GraphTag.Value
            : CollectionForms.KindOf(type) != CollectionKind.None ? GraphTag.Collection
            : TravelRules.IsParsed(value) ? GraphTag.Parsed
            : GraphTag.Fields;
    }

    private void Check(Type type, GraphStep step) => Check(type, step, _current);

    private static void Check(Type type, GraphStep step, GraphNode? from)
    {
        if (!type.IsSubclassOf(typeof(Delegate)) && TravelRules.RefusalOrNone(type) is { } instead)
        {
            throw new RowenException(
                ErrorCode.CannotShip, $"cannot ship '{from?.PathTo(step) ?? "lambda"}': {MemberNames.Of(type)}. {instead}");
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps the runtime from naming a method keeps it from travelling.")]
    private static void CheckMethod(Delegate single, GraphNode node)
    {
        MethodInfo? method;
        try
        {
            method = single.Method;
        }
        catch (Exception)
        {
            method = null;
        }

        if (method?.DeclaringType is null || method.Module.Assembly.IsDynamic)
        {
            throw new RowenException(
                ErrorCode.CannotShip,
                $"cannot ship '{node.PathTo()}': {MemberNames.Of(single.GetType())}. Its code was made at run time, and is in no file that could be sent.");
        }
    }
}
