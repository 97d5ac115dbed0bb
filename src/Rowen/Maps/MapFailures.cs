using System.Text.RegularExpressions;
using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>The items of a map that failed: the first of them, and all of them by cause. Thread safety: any thread.</summary>
internal sealed partial class MapFailures
{
    private const int MaxTold = 1_000;
    private const int MaxGroups = 100;
    private const int MaxFirstItems = 5;
    private const int MaxShapeLength = 300;

    private readonly Lock _lock = new();
    private readonly List<MapFailure> _first = [];
    private readonly Dictionary<(string Type, string Shape), Group> _groups = [];

    public void Add(MapFailure failure)
    {
        lock (_lock)
        {
            if (_first.Count < MaxTold)
            {
                _first.Add(failure);
            }

            (string Type, string Shape) key = KeyOf(failure.Error);
            if (!_groups.TryGetValue(key, out Group? group))
            {
                key = _groups.Count < MaxGroups ? key : ("others", string.Empty);
                if (!_groups.TryGetValue(key, out group))
                {
                    _groups.Add(key, group = new Group());
                }
            }

            group.Add(failure, MaxFirstItems);
        }
    }

    /// <summary>What the map ends with.</summary>
    public MapException? ToExceptionOrNone(long failedCount, long doneCount)
    {
        lock (_lock)
        {
            return _first.Count == 0 ? null : new MapException([.. _first], failedCount, doneCount)
            {
                Groups = [.. _groups.Select(pair => pair.Value.ToPublic(pair.Key)).OrderByDescending(group => group.Count)],
            };
        }
    }

    /// <summary>Messages that differ in numbers and quoted words alone have one cause.</summary>
    internal static (string Type, string Shape) KeyOf(RowenException error)
    {
        var remote = error as InvocationException;
        string message = remote?.RemoteMessage ?? error.Message;
        string type = remote?.RemoteTypeName ?? error.Code.ToString();
        string shape = Numbers().Replace(Quoted().Replace(message, "'…'"), "#");
        return (type, shape.Length <= MaxShapeLength ? shape : shape[..MaxShapeLength] + "…");
    }

    [GeneratedRegex(@"[0-9a-f]{8,}|[0-9]+([.,][0-9]+)*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();

    [GeneratedRegex("'[^']*'|\"[^\"]*\"", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    private sealed class Group
    {
        private readonly List<long> _items = [];
        private RowenException? _error;
        private long _count;

        public void Add(MapFailure failure, int maxItems)
        {
            _error ??= failure.Error;
            _count++;
            if (_items.Count < maxItems)
            {
                _items.Add(failure.Index);
            }
        }

        public MapFailureGroup ToPublic((string Type, string Shape) key)
        {
            InvocationException? first = _error as InvocationException ?? _error?.InnerException as InvocationException;
            return new MapFailureGroup(key.Type, key.Shape, _count, [.. _items], first?.NodeName, first?.Lease);
        }
    }
}
