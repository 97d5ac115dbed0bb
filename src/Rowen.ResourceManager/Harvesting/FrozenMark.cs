namespace Rowen.ResourceManager.Harvesting;

/// <summary>Remembers, across the manager's restarts, that an administrator wants nothing harvested: a file, or none.</summary>
internal sealed class FrozenMark(string path)
{
    public bool IsSet => File.Exists(path);

    public void Set(bool isFrozen)
    {
        if (isFrozen)
        {
            Journal.StateFolder.WritePrivate(path, string.Empty);
        }
        else
        {
            File.Delete(path);
        }
    }
}
