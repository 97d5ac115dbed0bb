using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions that map.</summary>
public static class Nested
{
    private static readonly string[] Names = ["a", "b"];

    private static readonly Lazy<Task<RowenClient>> Client = new(() => RowenClient.ConnectAsync());

    /// <summary>The sum of the squares below a number, each of them an item.</summary>
    [Function]
    public static async Task<long> SumOfSquares(int count)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        long[] squares = await client.MapAsync(Enumerable.Range(0, count), number => (long)number * number).ConfigureAwait(false);
        return squares.Sum();
    }

    /// <summary>Such sums for every number below another, each of them an item that maps; each takes a while.</summary>
    [Function]
    public static async Task<long> SumOfSums(int count)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        long[] sums = await client.MapAsync(Enumerable.Range(0, count), SumSlowly).ConfigureAwait(false);
        return sums.Sum();
    }

    /// <summary>Two items that wait for each other: one core alone never ends them.</summary>
    [Function]
    public static async Task<int> Meet(string folder)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        int[] processes = await client.MapAsync(Names, own =>
        {
            File.WriteAllText(Path.Combine(folder, own), string.Empty);
            string other = Path.Combine(folder, own == "a" ? "b" : "a");
            for (int i = 0; i < 9_000 && !File.Exists(other); i++) // a client that died before us keeps its lease for a minute
            {
                Thread.Sleep(10);
            }

            return File.Exists(other) ? Environment.ProcessId : 0;
        }).ConfigureAwait(false);
        return processes.Contains(0) ? 0 : processes.Distinct().Count();
    }

    /// <summary>What the caller still holds after its items have changed their copies of it.</summary>
    [Function]
    public static async Task<int> ChangeCopies(int count)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        List<int> captured = [1];
        int[][] items = [.. Enumerable.Range(0, count).Select(_ => new int[1])];
        await client.MapAsync(items, item =>
        {
            captured.Add(1);
            return item[0] = captured.Count;
        }).ConfigureAwait(false);
        return captured.Count + items.Sum(item => item[0]);
    }

    /// <summary>Ends with what its own map ends with.</summary>
    [Function]
    public static async Task<int> FailWithin(int number)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        int[] results = await client.MapAsync([number], Moody.FailInTwoWays).ConfigureAwait(false);
        return results[0];
    }

    /// <summary>Its number, from a map whose items have a deadline that they outrun if it is negative.</summary>
    [Function]
    public static async Task<int> OutrunWithin(int number)
    {
        RowenClient client = await Client.Value.ConfigureAwait(false);
        var options = new MapOptions { Cores = 1, Deadline = TimeSpan.FromSeconds(2) };
        int[] results = await client.MapAsync([number], Wait, options).ConfigureAwait(false);
        return results[0];
    }

    private static int Wait(int number)
    {
        Thread.Sleep(number < 0 ? 20_000 : 0);
        return number;
    }

    private static Task<long> SumSlowly(int count)
    {
        Thread.Sleep(30);
        return SumOfSquares(count);
    }
}
