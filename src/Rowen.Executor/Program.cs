using System.Net;
using System.Net.Sockets;
using Rowen.Executor;

IPAddress? listenAddress = null;
if (args is not [{ Length: > 0 } agentSocket, ..] || args.Length > 2 || (args.Length == 2 && !IPAddress.TryParse(args[1], out listenAddress)))
{
    Console.Error.WriteLine("Rowen.Executor runs functions for one lease. A node agent starts it: Rowen.Executor AGENT_SOCKET [LISTEN_ADDRESS]");
    return 64;
}

try
{
    ExecutorProcess.Run(agentSocket, listenAddress);
    return 0;
}
catch (SocketException exception)
{
    Console.Error.WriteLine($"The agent's socket '{agentSocket}' could not be reached: {exception.Message}.");
    return 69;
}
