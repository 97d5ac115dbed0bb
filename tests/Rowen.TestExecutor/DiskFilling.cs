using Rowen.ObjectStorage;

namespace Rowen.TestExecutor;

/// <summary>Puts an object that a folder's disk has no room for, and says what came of it.</summary>
internal static class DiskFilling
{
    public static async Task RunAsync(string folder)
    {
        var store = new FileObjectStore(folder);
        await store.PutAsync("older", new MemoryStream([1, 2, 3]));
        try
        {
            await store.PutAsync("older", new MemoryStream(new byte[4 << 20]));
        }
        catch (IOException exception)
        {
            Console.WriteLine($"{exception.GetType().Name}: {exception.Message}");
        }

        Console.WriteLine($"older: {(await store.HeadAsync("older"))!.LengthBytes} bytes");
        Console.WriteLine($"files: {string.Join(' ', Directory.GetFiles(folder).Select(Path.GetFileName))}");
    }
}
