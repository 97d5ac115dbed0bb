using System.Globalization;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>A process as a file can name it for others to find: an id alone is used again, and names somebody else on another host and in a container.</summary>
/// <param name="ProcessId">Its id, where it began.</param>
/// <param name="StartedAtTicks">When it began, in the kernel's ticks since the host did.</param>
/// <param name="Host">The name of its host.</param>
public sealed record ProcessMark(int ProcessId, long StartedAtTicks, string Host)
{
    private const int StartField = 19; // field 22 of proc(5), counted from the one after the name

    /// <summary>This process.</summary>
    public static ProcessMark OfThisProcess() => new(Environment.ProcessId, StartOrNone(Environment.ProcessId) ?? 0, Environment.MachineName);

    /// <summary>Whether it runs, and has its id here, too.</summary>
    public bool IsHere => Host == Environment.MachineName && StartOrNone(ProcessId) == StartedAtTicks;

    /// <summary>For people.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} on {Host}");

    /// <summary>What a file says.</summary>
    /// <param name="file">Of the text of <see cref="ToString"/>.</param>
    /// <returns>Null if it cannot be read, or is no such text.</returns>
    public static ProcessMark? ReadOrNone(string file)
    {
        try
        {
            return File.ReadAllText(file).Split(' ', 3, StringSplitOptions.TrimEntries) is [var id, var start, { Length: > 0 } host]
                && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
                && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
                ? new ProcessMark(processId, ticks, host) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>As files hold it: id, start and host.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ProcessId} {StartedAtTicks} {Host}");

    /// <summary>Null if it has ended, also where nobody has reaped it.</summary>
    private static long? StartOrNone(int processId)
    {
        try
        {
            string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
            string[] fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // a name may hold anything
            return fields.Length > StartField && fields[0] is not ("Z" or "X") && long.TryParse(fields[StartField], CultureInfo.InvariantCulture, out long ticks) ? ticks : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
