using System.Globalization;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Processes as the kernel knows them.</summary>
internal static class Processes
{
    /// <summary>Whether a process runs: one that has ended and waits to be reaped does not.</summary>
    public static bool IsAlive(int process) => StatOrNone(process) is [_, var state, ..] && state is not ("Z" or "X");

    public static IReadOnlyList<int> ChildrenOf(int parent) =>
        [.. All().Where(process => StatOrNone(process) is [_, var state, var its, ..] && state != "Z"
            && its == parent.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The first 15 characters of its program's name; nothing if there is no such process.</summary>
    public static string NameOf(int process) => StatOrNone(process) is [var start, ..] ? start[(start.IndexOf('(') + 1)..] : string.Empty;

    /// <summary>Processes whose arguments, with a space between each, are these.</summary>
    public static IReadOnlyList<int> WithCommandLine(string commandLine) =>
        [.. All().Where(process => IsAlive(process) && ArgumentsOf(process) == commandLine)];

    private static string ArgumentsOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int process) ? process : 0)
        .Where(process => process > 0);

    /// <summary>Name, state, parent and so on; the name may hold spaces and parentheses.</summary>
    private static string[]? StatOrNone(int process)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{process}/stat");
            int end = text.LastIndexOf(')');
            return [text[..end], .. text[(end + 2)..].Split(' ')];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
