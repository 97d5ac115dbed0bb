using System.Net.Sockets;
using Rowen.Executor;

if (args is not [{ Length: > 0 } agentSocket])
{
    Console.Error.WriteLine("Rowen.Executor runs functions for one lease. A node agent starts it: Rowen.Executor AGENT_SOCKET");
    return 64;
}

try
{
    ExecutorProcess.Run(agentSocket);
    return 0;
}
catch (SocketException exception)
{
    Console.Error.WriteLine($"The agent's socket '{agentSocket}' could not be reached: {exception.Message}.");
    return 69;
}
