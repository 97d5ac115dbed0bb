namespace Rowen.ResourceManager.Nodes;

/// <summary>Whether a node can be counted on.</summary>
internal enum NodePresence
{
    /// <summary>Known from before the manager's restart; has not joined again yet.</summary>
    Recovering = 0,

    /// <summary>It joined, and reports.</summary>
    Present = 1,

    /// <summary>It fell silent for too long. It may join again.</summary>
    Lost = 2,

    /// <summary>It drained and left.</summary>
    Gone = 3,
}
