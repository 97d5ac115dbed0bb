namespace Rowen.IntegrationTests.LentMemory;

/// <summary>Writes ranges of random sizes into a part of its own, and checks each before it writes it again.</summary>
internal static class CheckedLoad
{
    private const int PartBytes = 4 << 20;

    /// <param name="region">At least <see cref="PartBytes"/> for each thread.</param>
    /// <param name="thread">Which part, from 0.</param>
    /// <param name="enough">Ends it.</param>
    /// <returns>How many ranges were written.</returns>
    public static async Task<long> RunAsync(MemoryRegion region, int thread, CancellationToken enough)
    {
        byte[] expected = new byte[PartBytes];
        byte[] read = new byte[PartBytes];
        var random = new Random(thread);
        long rounds = 0;
        for (; !enough.IsCancellationRequested; rounds++)
        {
            int length = random.Next(1, 256 * 1024);
            int at = random.Next(PartBytes - length);
            region.Read((thread * PartBytes) + at, read.AsSpan(0, length));
            Assert.True(read.AsSpan(0, length).SequenceEqual(expected.AsSpan(at, length)), $"thread {thread}, round {rounds}: wrong bytes at {at}");
            random.NextBytes(expected.AsSpan(at, length));
            if (rounds % 2 == 0)
            {
                region.Write((thread * PartBytes) + at, expected.AsSpan(at, length));
            }
            else
            {
                await region.WriteAsync((thread * PartBytes) + at, expected.AsMemory(at, length), TestContext.Current.CancellationToken);
            }
        }

        region.Read(thread * PartBytes, read);
        Assert.True(read.AsSpan().SequenceEqual(expected), $"thread {thread}: wrong bytes at the end");
        return rounds;
    }
}
