using System.CommandLine;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin</c>: what the administrator of a cluster does.</summary>
internal static class AdminCommands
{
    public static Command Create() => new("admin", "For administrators: says what harvesting from a batch system needs, stops it, and lets it go on.")
    {
        PlanVerb.Create(),
        FreezeVerb.CreateFreeze(),
        FreezeVerb.CreateThaw(),
        AuditVerb.Create(),
        LimitsVerb.Create(),
    };
}
