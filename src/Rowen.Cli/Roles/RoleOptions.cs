using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Rowen.Cli.Output;

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

    public static Option<int> Pool { get; } = Between(
        new Option<int>("--pool")
        {
            Description = "Executors that are kept started for the next lease, from 0 to 64.",
            DefaultValueFactory = _ => 2,
            HelpName = "N",
        },
        0,
        64);

    public static Option<int?> Cores { get; } = new("--cores")
    {
        Description = "Offers at most so many cores. Otherwise all that this process may use.",
        HelpName = "N",
    };

    public static Option<long?> Memory { get; } = new("--memory")
    {
        Description = "Offers at most so much memory, such as 512M or 4G. Otherwise what is free, less a reserve.",
        HelpName = "SIZE",
        CustomParser = ParseBytes,
    };

    public static string StateFolder(string value) => Path.GetFullPath(value);

    private static long? ParseBytes(ArgumentResult result)
    {
        if (Units.TryParseBytes(result.Tokens[0].Value, out long bytes))
        {
            return bytes;
        }

        result.AddError($"'{result.Tokens[0].Value}' is no size: sizes look like 512M or 4G.");
        return null;
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

    private static Option<int> Between(Option<int> option, int least, int most)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && (value < least || value > most))
            {
                result.AddError($"{option.Name} takes a number from {least} to {most}.");
            }
        });
        return option;
    }
}
