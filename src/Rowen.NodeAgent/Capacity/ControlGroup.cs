namespace Rowen.NodeAgent.Capacity;

/// <summary>A control group's folder.</summary>
/// <param name="Folder">The group in which this process runs.</param>
/// <param name="MountPoint">The top of the tree; limits of every group on the way up hold as well.</param>
internal sealed record ControlGroup(string Folder, string MountPoint)
{
    /// <summary>The group and those above it, nearest first.</summary>
    public IEnumerable<string> WithAncestors()
    {
        for (string? folder = Folder; folder is not null && folder.Length >= MountPoint.Length; folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }
}
