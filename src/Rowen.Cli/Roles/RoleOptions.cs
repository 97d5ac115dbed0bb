using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.NodeAgent;

namespace Rowen.Cli.Roles;

/// <summary>Options of the verbs that run a role.</summary>
internal static class RoleOptions
{
    public static Option<string> State { get; } = new("--state")
    {
        Description = "Folder of everything that is remembered. Made if absent.",
        DefaultValueFactory = _ => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "state"),
        HelpName = "DIR",
    };

    public static Option<IPEndPoint?> Listen { get; } = new("--listen")
    {
        Description = "Listens for other nodes too, with TLS and a token. Port 0 takes a free one.",
        HelpName = "IP:PORT",
        CustomParser = ParseEndPoint,
    };

    public static Option<string?> Limits { get; } = new("--limits")
    {
        Description = "File with what users and accounts may have at a time. Read again when it changes.",
        HelpName = "FILE",
    };

    /// <summary>The file of limits by its full path; null: none was named.</summary>
    public static string? LimitsFile(VerbRun run) => run.Get(Limits) is { } file ? Path.GetFullPath(file) : null;

    public static Option<int> Pool { get; } = new("--pool")
    {
        Description = "Executors that are kept started for the next lease, from 0 to 64.",
        DefaultValueFactory = _ => 2,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 0, 64) ?? 0,
    };

    public static Option<int?> Cores { get; } = new("--cores")
    {
        Description = "Offers at most so many cores, from 1. Otherwise all that this process may use.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1),
    };

    public static Option<long?> Memory { get; } = new("--memory")
    {
        Description = "Offers at most so much memory, such as 4G; at least 64M. Otherwise what is free, less a reserve.",
        HelpName = "SIZE",
        CustomParser = ParseMemory,
    };

    public static string StateFolder(string value) => Path.GetFullPath(value);

    /// <summary>Reads memory of executors; null, and an error of the command line, if it is no size or too little for any.</summary>
    public static long? ParseMemory(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!Units.TryParseBytes(text, out long bytes))
        {
            result.AddError($"'{text}' is no size: sizes look like 512M or 4G.");
            return null;
        }

        if (bytes < AgentSettings.MinMemoryBytes)
        {
            result.AddError($"{(result.Parent as OptionResult)?.Option.Name} takes at least 64M: with '{text}' no executor could start.");
        }

        return bytes;
    }

    private static IPEndPoint? ParseEndPoint(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out IPEndPoint? endPoint))
        {
            return endPoint;
        }

        result.AddError($"'{text}' is no address to listen on: it looks like 10.0.0.5:7700, or 127.0.0.1:0 for a free port.");
        return null;
    }
}
