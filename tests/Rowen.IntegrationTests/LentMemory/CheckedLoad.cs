using System.Globalization;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>
/// Threads that each write ranges of random sizes into a part of their own, and check each range before they write it again.
/// They are threads of their own: the pool of a machine with two cores begins the third loop that never yields only when it likes.
/// </summary>
internal sealed class CheckedLoad : IAsyncDisposable
{
    private const int PartBytes = 4 << 20;
    private const int SomeRounds = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MemoryRegion _region;
    private readonly int _firstPart;
    private readonly long[] _rounds;
    private readonly CancellationTokenSource _enough = new();
    private readonly Task[] _threads;

    private CheckedLoad(MemoryRegion region, int threads, int firstPart)
    {
        _region = region;
        _firstPart = firstPart;
        _rounds = new long[threads];
        _threads = [.. Enumerable.Range(0, threads).Select(StartThread)];
    }

    /// <param name="region">At least 4 MiB for each thread.</param>
    /// <param name="threads">How many.</param>
    /// <param name="firstPart">Of which 4 MiB the first thread writes, from 0; the next thread writes the next.</param>
    public static CheckedLoad Start(MemoryRegion region, int threads, int firstPart = 0) => new(region, threads, firstPart);

    /// <summary>Waits until every thread has written some more ranges, counted from now; ends at once with what failed in one.</summary>
    public async Task SomeMoreAsync(string when)
    {
        long[] wanted = [.. Enumerable.Range(0, _rounds.Length).Select(thread => Volatile.Read(ref _rounds[thread]) + SomeRounds)];
        await Until.TrueAsync(
            async () =>
            {
                foreach (Task ended in _threads.Where(thread => thread.IsCompleted))
                {
                    await ended;
                }

                return Enumerable.Range(0, _rounds.Length).All(thread => Volatile.Read(ref _rounds[thread]) >= wanted[thread]);
            },
            Patience,
            string.Create(CultureInfo.InvariantCulture, $"every thread came to {SomeRounds} more rounds {when}"));
    }

    /// <summary>Ends the load, after a last look at everything that was written.</summary>
    public async Task EndAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_threads);
    }

    /// <summary>Ends the threads of a test that failed elsewhere, whose words are the ones to be read.</summary>
    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_threads).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
    }

    private Task StartThread(int thread) => Task.Factory.StartNew(
        () => Run(thread, TestContext.Current.CancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(int thread, CancellationToken bound)
    {
        long start = (long)(_firstPart + thread) * PartBytes;
        byte[] expected = new byte[PartBytes];
        byte[] read = new byte[PartBytes];
        var random = new Random(_firstPart + thread);
        for (long round = 0; !_enough.IsCancellationRequested; round++)
        {
            int length = random.Next(1, 256 * 1024);
            int at = random.Next(PartBytes - length);
            _region.Read(start + at, read.AsSpan(0, length));
            Assert.True(read.AsSpan(0, length).SequenceEqual(expected.AsSpan(at, length)), $"part {_firstPart + thread}, round {round}: wrong bytes at {at}");
            random.NextBytes(expected.AsSpan(at, length));
            if (round % 2 == 0)
            {
                _region.Write(start + at, expected.AsSpan(at, length));
            }
            else
            {
                _region.WriteAsync(start + at, expected.AsMemory(at, length), bound).AsTask().GetAwaiter().GetResult();
            }

            Volatile.Write(ref _rounds[thread], round + 1);
        }

        _region.Read(start, read);
        Assert.True(read.AsSpan().SequenceEqual(expected), $"part {_firstPart + thread}: wrong bytes at the end");
    }
}
