using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Fabric.Libfabric;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Fabrics;

/// <summary>What was found about fabrics, as people read it.</summary>
internal static class FabricPages
{
    /// <summary>libfabric and its providers, or what to install.</summary>
    public static void Write(TextWriter output, bool isTerminal, LibfabricInventory inventory, IReadOnlyList<string> devices)
    {
        output.WriteLine($"libfabric: {inventory.Version ?? "none that works"}{(inventory.Problem is null ? string.Empty : $". {inventory.Problem}")}");
        output.WriteLine($"adapters: {(devices.Count == 0 ? "none but for Ethernet" : string.Join(", ", devices))}");
        if (inventory.Providers.Count == 0)
        {
            return;
        }

        var table = new Table("libfabric's", "domain", "data", "inject", "at most", "progress", "memory", "used")
        {
            Numbers = [2, 3, 4],
        };
        foreach (LibfabricNetwork each in inventory.Providers)
        {
            table.Add(
                each.Name, each.Domain, Number(each.CompletionDataBytes), Number(each.InjectBytes), Size(each.MaxOperationBytes),
                each.IsProgressAutomatic ? "automatic" : "manual",
                each.RegistrationModes.Count == 0 ? "-" : string.Join(", ", each.RegistrationModes),
                each.WhyNotUsed is { } why ? $"no: {why}" : each.IsHardware ? "yes" : "by name only: slower than tcp");
        }

        output.WriteLine();
        table.Write(output, isTerminal);
    }

    /// <summary>All of it.</summary>
    public static void Write(TextWriter output, bool isTerminal, FabricVerdict verdict)
    {
        output.WriteLine($"{verdict.Host} with {verdict.Peer ?? "itself"}");
        Write(output, isTerminal, verdict.Libfabric, verdict.Devices);
        output.WriteLine();
        Measured(verdict.Findings).Write(output, isTerminal);
        output.WriteLine();
        foreach (FabricFinding finding in verdict.Findings)
        {
            string how = finding.Problem ?? $"{finding.Connection}{(finding.Connection == finding.PeerConnection ? string.Empty : $"; the other end: {finding.PeerConnection}")}";
            output.WriteLine($"{finding.Fabric}: {how}");
        }

        output.WriteLine();
        output.WriteLine($"lanes would use {verdict.Chosen ?? "nothing: no fabric works"}");
        foreach (string reason in verdict.WhyNotFaster)
        {
            output.WriteLine($"  not {reason}");
        }
    }

    /// <summary>Which node reaches which.</summary>
    public static Table Reach(IReadOnlyList<NodePair> pairs)
    {
        var table = new Table("from", "to", "fabric", "works", "meeting ms", "8 B µs", "remark")
        {
            Numbers = [4, 5],
            WhenEmpty = "There are no two nodes that could reach each other.",
        };
        foreach (NodePair pair in pairs)
        {
            if (pair.Problem is not null)
            {
                table.Add(pair.FromName, pair.ToName, "-", "no", "-", "-", pair.Problem);
            }

            foreach (FabricReach reach in pair.Findings)
            {
                string remark = reach.Problem ?? (reach.Fabric == pair.Chosen ? "lanes take it" : string.Empty);
                table.Add(
                    pair.FromName, pair.ToName, reach.Fabric, reach.Problem is null ? "yes" : "no", Number(reach.MeetingMs), Number(reach.Hot8Us), remark);
            }
        }

        return table;
    }

    private static Table Measured(IReadOnlyList<FabricFinding> findings)
    {
        var table = new Table("fabric", "meeting ms", "8 B µs", "1 KiB µs", "1 MiB µs", "asleep µs", "GB/s", "death seen ms", "good")
        {
            Numbers = [1, 2, 3, 4, 5, 6, 7],
        };
        foreach (FabricFinding each in findings)
        {
            table.Add(
                each.Fabric, Number(each.MeetingMs), Number(each.Hot8Us), Number(each.Hot1KiUs), Number(each.Hot1MiUs), Number(each.Warm8Us),
                Number(each.GigabytesPerSecond), Number(each.PeerLossMs), each.IsGood ? "yes" : "no");
        }

        return table;
    }

    private static string Number(double? value) => value?.ToString(value < 100 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Size(ulong bytes) => bytes > long.MaxValue ? "any" : Units.Bytes((long)bytes);
}
