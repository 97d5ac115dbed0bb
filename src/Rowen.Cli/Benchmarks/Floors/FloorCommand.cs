using System.CommandLine;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>The hidden verb behind which the responder of the floors runs: <c>rowen bench floor PAGES BYTES PORT CORE</c>.</summary>
internal static class FloorCommand
{
    public const string Name = "floor";

    public static Command Create()
    {
        var pages = new Argument<string>("pages") { Description = "Where the caller's pages are." };
        var payloadBytes = new Argument<int>("bytes") { Description = "The largest payload." };
        var port = new Argument<int>("port") { Description = "Where the caller listens on loopback." };
        var core = new Argument<int>("core") { Description = "The core to run on." };
        var command = new Command(Name, "Answers the calls of a floor. Started by `bench invoke` itself.") { Hidden = true };
        command.Arguments.Add(pages);
        command.Arguments.Add(payloadBytes);
        command.Arguments.Add(port);
        command.Arguments.Add(core);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(pages), parsed.GetRequiredValue(payloadBytes), parsed.GetRequiredValue(port), parsed.GetRequiredValue(core)));
        return command;
    }

    private static void Run(string path, int payloadBytes, int port, int core)
    {
        CpuAffinity.PinCurrentThread(core);
        var layout = new FloorLayout(payloadBytes);
        using SharedPages pages = SharedPages.Open(path, layout.TotalBytes);
        using FloorSocket socket = FloorSocket.Connect(port);
        new FloorResponder(pages, layout, socket).Run(Console.In, Console.Out, payloadBytes);
    }
}
