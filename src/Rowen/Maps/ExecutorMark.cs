namespace Rowen.Maps;

/// <summary>Whether this process is an executor: the functions that run here have a core that is theirs while they wait.</summary>
internal static class ExecutorMark
{
    private static int s_isSet;

    public static bool IsSet => Volatile.Read(ref s_isSet) != 0;

    /// <summary>Only executors call it, when they begin.</summary>
    public static void Set() => Volatile.Write(ref s_isSet, 1);
}
