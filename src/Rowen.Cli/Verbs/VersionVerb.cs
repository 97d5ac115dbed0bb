using System.Reflection;
using Rowen.Cli.Output;
using Rowen.Fabric.ControlSockets;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen version</c>.</summary>
internal static class VersionVerb
{
    public static string Version =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static VerbCommand Create() => new VerbCommand("version", "Shows the version of this program and of its protocol.", "rowen version")
        .Runs((run, _) =>
        {
            var answer = new VersionAnswer(Version, ControlFrame.CurrentVersion, Environment.Version.ToString());
            if (run.IsJson)
            {
                run.WriteJson(answer, CliJson.Default.VersionAnswer);
            }
            else
            {
                run.WriteLine($"rowen {answer.Version} (protocol {answer.Protocol}, .NET {answer.Dotnet})");
            }

            return Task.FromResult(ExitCode.Done);
        });
}
