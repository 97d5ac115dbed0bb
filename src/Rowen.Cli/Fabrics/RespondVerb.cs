using System.CommandLine;
using System.Globalization;
using System.Net;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Fabrics;

/// <summary>The hidden verb behind which a trial's other process runs: <c>rowen fabric respond ADDRESS CORE|any</c>.</summary>
internal static class RespondVerb
{
    public const string Name = "respond";

    public static Command Create()
    {
        var address = new Argument<string>("address") { Description = "The address of this machine to listen on." };
        var core = new Argument<string>("core") { Description = "The core to run on, or any." };
        var command = new Command(Name, "Answers the writes of a trial. Started by `fabric` and `bench fabric` themselves.") { Hidden = true };
        command.Arguments.Add(address);
        command.Arguments.Add(core);
        command.SetAction(parsed => Run(IPAddress.Parse(parsed.GetRequiredValue(address)), parsed.GetRequiredValue(core)));
        return command;
    }

    private static int Run(IPAddress address, string core)
    {
        if (int.TryParse(core, CultureInfo.InvariantCulture, out int number))
        {
            CpuAffinity.PinCurrentThread(number);
        }

        using var responder = new FabricResponder(address);
        try
        {
            responder.Run(Console.In, Console.Out);
            return 0;
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            return 1; // whoever gave the orders is gone, or knows by the fabric
        }
    }
}
