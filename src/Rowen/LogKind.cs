namespace Rowen;

/// <summary>Which of a process's two streams.</summary>
public enum LogKind
{
    /// <summary>What functions print.</summary>
    Output = 0,

    /// <summary>What functions print to standard error.</summary>
    Error = 1,
}
