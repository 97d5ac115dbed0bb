using Rowen.Commands;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Runs;

/// <summary>Failures of a run by their kind: a thousand times the same is one line.</summary>
internal sealed class FailureTally
{
    private const int MaxToldItems = 100;
    private const int MaxKinds = 1_000;

    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);

    public long Count { get; private set; }

    public void Add(CommandOutcome outcome)
    {
        RowenException error = outcome.Error!;
        Count++;
        string kind = CommandFailure.KindOf(outcome);
        if (!_groups.TryGetValue(kind, out Group? group))
        {
            kind = _groups.Count < MaxKinds ? kind : "others";
            group = _groups.GetValueOrDefault(kind) ?? (_groups[kind] = new Group(error.Code, error.Message));
        }

        group.Count++;
        if (group.Items.Count < MaxToldItems)
        {
            group.Items.Add(outcome.Index);
        }
    }

    /// <summary>The largest first.</summary>
    public IReadOnlyList<RunFailure> ToList() =>
    [
        .. _groups.OrderByDescending(pair => pair.Value.Count)
            .Select(pair => new RunFailure(pair.Key, pair.Value.Code, pair.Value.Count, [.. pair.Value.Items.Order()], pair.Value.Message)),
    ];

    private sealed class Group(ErrorCode code, string message)
    {
        public ErrorCode Code => code;

        public string Message => message;

        public long Count { get; set; }

        public List<long> Items { get; } = [];
    }
}
