namespace Rowen.TestExecutor;

/// <summary>A program that leases memory, fills it, and waits to be killed.</summary>
internal static class MemoryOwner
{
    public static async Task RunAsync(string clusterFile, long lengthBytes)
    {
        RowenClient client = await RowenClient.ConnectAsync(clusterFile);
        RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = lengthBytes, Duration = TimeSpan.FromSeconds(5) });
        MemoryRegion region = await memory.AllocateAsync(lengthBytes);
        byte[] bytes = new byte[1 << 20];
        Array.Fill(bytes, (byte)1);
        for (long at = 0; at < lengthBytes; at += bytes.Length)
        {
            region.Write(at, bytes);
        }

        Console.WriteLine("holding");
        await Task.Delay(Timeout.Infinite);
    }
}
