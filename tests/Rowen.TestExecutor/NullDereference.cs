using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.TestExecutor;

/// <summary>A process that has loaded libfabric, and whose null references are exceptions all the same.</summary>
internal static class NullDereference
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static int Run()
    {
        var provider = new OfiProvider();
        using FabricEndpoint near = provider.OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = provider.OpenEndpoint(new EndpointOptions());
        byte[] token = new byte[ConnectRequest.TokenSizeBytes];
        Task<FabricConnection> accepted = Task.Run(() => far.Connect(new ConnectRequest(near.Address, token, IsInitiator: false, Bound)));
        using FabricConnection opened = near.Connect(new ConnectRequest(far.Address, token, IsInitiator: true, Bound));
        using FabricConnection other = accepted.Result;
        for (int i = 0; i < 3; i++)
        {
            try
            {
                Console.WriteLine(FindNothing(i)!.Length);
            }
            catch (NullReferenceException)
            {
                Console.WriteLine("caught");
            }
        }

        return 0;
    }

    private static string? FindNothing(int round) => round < 0 ? "something" : null;
}
