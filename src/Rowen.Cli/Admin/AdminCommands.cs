using System.CommandLine;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin</c>: what the administrator of a cluster does.</summary>
internal static class AdminCommands
{
    public static Command Create() => new("admin", "For administrators: stops harvesting from the batch system, and lets it go on.")
    {
        FreezeVerb.CreateFreeze(),
        FreezeVerb.CreateThaw(),
    };
}
