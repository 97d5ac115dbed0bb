using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary>Sorts what has failed by why.</summary>
internal static class FailureGroups
{
    private const int MaxItems = 10;

    /// <summary>By the exception's type and the place where it was thrown; of commands by how they ended; by the code otherwise.</summary>
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
            group.Value.First.Code, group.Key, group.Value.First.Thrown?.Message ?? group.Value.First.Message, group.Value.Count, group.Value.Items, group.Value.First.Story))];
    }

    /// <summary>For people, the largest first.</summary>
    public static void Write(VerbRun run, JobId id, IReadOnlyList<FailureGroup> groups)
    {
        foreach (FailureGroup group in groups)
        {
            run.WriteLine($"{Units.Count(group.Count)} failed: {ErrorLine.OneLine(group.Message)}");
            run.WriteLine($"    {ErrorLine.OneLine(group.Cause)}");
            run.WriteLine($"    items {string.Join(", ", group.Items)}{(group.Count > group.Items.Count ? ", …" : string.Empty)}: `rowen explain {id} {group.Items[0]}` tells more");
        }
    }

    private static string CauseOf(JobFault fault)
    {
        if (fault.Thrown is not { } thrown)
        {
            return fault.Kind ?? fault.Code.ToString();
        }

        string? place = thrown.StackTrace?.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0);
        return place is null ? thrown.TypeName : $"{thrown.TypeName} {place}";
    }
}
