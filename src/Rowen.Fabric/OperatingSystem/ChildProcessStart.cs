using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>What to start, and with what: nothing is inherited but what stands here.</summary>
public sealed record ChildProcessStart
{
    /// <summary>Absolute path of the program.</summary>
    public required string FileName { get; init; }

    /// <summary>The name by which it is told that it was called.</summary>
    /// <value>Null: <see cref="FileName"/>.</value>
    public string? CalledAs { get; init; }

    /// <summary>Arguments after the program's name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Folder in which it starts.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>What it reads as its standard input, from where the file stands.</summary>
    /// <value>Null: nothing, /dev/null.</value>
    public SafeFileHandle? Input { get; init; }

    /// <summary>Whether it founds a session, not only a process group: then its descendants can be told from others by their session.</summary>
    public bool IsSession { get; init; }
}
