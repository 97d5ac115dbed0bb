using Rowen.Jobs;

namespace Rowen.Cli.Jobs;

/// <summary>Sorts what has failed by why.</summary>
internal static class FailureGroups
{
    private const int MaxItems = 10;

    /// <summary>By the exception's type and the place where it was thrown; by the code where nothing was thrown.</summary>
    public static IReadOnlyList<FailureGroup> Of(JobResults results)
    {
        var groups = new Dictionary<string, (JobFault First, List<long> Items, int Count)>(StringComparer.Ordinal);
        for (int item = 0; item < results.History.ItemCount; item++)
        {
            if (results.History.States[item] != ItemState.Failed)
            {
                continue;
            }

            JobFault fault = results.ReadFault(item);
            string cause = CauseOf(fault);
            (JobFault First, List<long> Items, int Count) group = groups.TryGetValue(cause, out var known) ? known : (fault, [], 0);
            if (group.Count < MaxItems)
            {
                group.Items.Add(item);
            }

            groups[cause] = (group.First, group.Items, group.Count + 1);
        }

        return [.. groups.OrderByDescending(group => group.Value.Count).Select(group => new FailureGroup(
            group.Value.First.Code, group.Key, group.Value.First.Told ?? group.Value.First.Message, group.Value.Count, group.Value.Items, group.Value.First.Stack))];
    }

    private static string CauseOf(JobFault fault)
    {
        if (fault.Type is null)
        {
            return fault.Code.ToString();
        }

        string? place = fault.Stack?.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0);
        return place is null ? fault.Type : $"{fault.Type} {place}";
    }
}
