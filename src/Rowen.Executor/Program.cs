using System.Net.Sockets;
using Rowen.Executor;

if (args is not [{ Length: > 0 } agentSocket])
{
    await Console.Error.WriteLineAsync("Rowen.Executor runs functions for one lease. A node agent starts it: Rowen.Executor AGENT_SOCKET");
    return 64;
}

try
{
    await ExecutorProcess.RunAsync(agentSocket);
    return 0;
}
catch (SocketException exception)
{
    await Console.Error.WriteLineAsync($"The agent's socket '{agentSocket}' could not be reached: {exception.Message}.");
    return 69;
}
