using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Demo;
using Rowen.ObjectStorage;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>Counts the words of the same files in the same parts, by threads written by hand and by a map.</summary>
internal sealed class WordCounting : IAsyncDisposable
{
    private const string CountPart = "CountWordsOfPart";

    private readonly IReadOnlyList<string> _files;
    private readonly DataSettings _settings;
    private readonly BenchmarkCluster _cluster;
    private readonly Lease _lease;
    private readonly Func<Stream, Dictionary<string, int>> _count;
    private Dictionary<string, long> _byHand = [];
    private Dictionary<string, long> _byMap = [];

    private WordCounting(IReadOnlyList<string> files, DataSettings settings, BenchmarkCluster cluster, Lease lease, Func<Stream, Dictionary<string, int>> count)
    {
        _files = files;
        _settings = settings;
        _cluster = cluster;
        _lease = lease;
        _count = count;
    }

    public static async Task<WordCounting> StartAsync(IReadOnlyList<string> files, DataSettings settings, CancellationToken cancellationToken)
    {
        var code = WordCountCode.Load();
        BenchmarkCluster cluster = await BenchmarkCluster.StartAsync(poolSize: 0, settings.DiskFolder, cancellationToken);
        try
        {
            Lease lease = await cluster.Client.LeaseAsync(new LeaseRequest { Cores = settings.Lanes, Code = code.Package }, cancellationToken);
            return new WordCounting(files, settings, cluster, lease, CounterOf(code.Count.Method.Module.Assembly));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Threads that take the next part until there is none, and merge what they counted.</summary>
    public async Task CountByHandAsync(CancellationToken cancellationToken)
    {
        (string File, long Start)[] chunks =
            [.. _files.SelectMany(file => Enumerable.Range(0, (int)((new FileInfo(file).Length + _settings.ChunkBytes - 1) / _settings.ChunkBytes)).Select(i => (file, i * _settings.ChunkBytes)))];
        int next = -1;
        var totals = new Dictionary<string, long>[_settings.Lanes];
        Task[] threads = [.. Enumerable.Range(0, _settings.Lanes).Select(thread => Task.Factory.StartNew(
            () =>
            {
                totals[thread] = [];
                for (int i = Interlocked.Increment(ref next); i < chunks.Length; i = Interlocked.Increment(ref next))
                {
                    Add(totals[thread], CountChunk(chunks[i].File, chunks[i].Start));
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        await Task.WhenAll(threads);
        _byHand = totals[0];
        foreach ((string word, long count) in totals.Skip(1).SelectMany(total => total))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byHand, word, out _) += count;
        }
    }

    /// <summary>The same as a map over a source, cutting included, on lanes that are leased.</summary>
    public async Task CountByMapAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, long> total = [];
        IReadOnlyList<ObjectPart> parts = await ObjectSource.From([.. _files]).ChunkedBy(_settings.ChunkBytes, Records.Lines).PartsAsync(cancellationToken);
        Function<ObjectPart, Dictionary<string, int>> count = _lease.Function<ObjectPart, Dictionary<string, int>>(CountPart);
        await foreach (MapResult<Dictionary<string, int>> part in _lease.MapAsCompletedAsync(parts, count, cancellationToken: cancellationToken))
        {
            Add(total, part.Value);
        }

        _byMap = total;
    }

    /// <exception cref="InvalidDataException">One of them counted wrongly.</exception>
    public void CheckSame()
    {
        if (_byHand.Count == 0 || _byHand.Count != _byMap.Count || _byHand.Any(word => _byMap.GetValueOrDefault(word.Key) != word.Value))
        {
            throw new InvalidDataException($"The map counted {_byMap.Values.Sum()} words, and the threads {_byHand.Values.Sum()}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _lease.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>The chunk's lines, found as one does by hand: from behind a line break to behind one.</summary>
    private Dictionary<string, int> CountChunk(string path, long start)
    {
        const int slack = 64 << 10; // no line of this text is longer
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)_settings.ChunkBytes + slack + 1);
        long from = Math.Max(0, start - 1);
        int length = 0;
        for (int read = 1; read > 0 && length < bytes.Length; length += read)
        {
            read = RandomAccess.Read(file, bytes.AsSpan(length), from + length);
        }

        int first = start == 0 ? 0 : bytes.AsSpan(0, length).IndexOf((byte)'\n') + 1;
        long end = start + _settings.ChunkBytes - 1 - from;
        int last = end < length ? (int)end + bytes.AsSpan((int)end, length - (int)end).IndexOf((byte)'\n') + 1 : length;
        last = end < length && last == (int)end ? length : last;
        return _count(new MemoryStream(bytes, first, last - first, writable: false));
    }

    private static void Add(Dictionary<string, long> total, Dictionary<string, int> some)
    {
        foreach ((string word, int count) in some)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(total, word, out _) += count;
        }
    }

    /// <summary>The counter that the map's function uses, too.</summary>
    private static Func<Stream, Dictionary<string, int>> CounterOf(Assembly assembly)
    {
        Type type = assembly.GetType("WordCount.WordCounter", throwOnError: true)!;
        MethodInfo method = type.GetMethod("Count", [typeof(Stream)])!;
        return stream => method.CreateDelegate<Func<Stream, Dictionary<string, int>>>(Activator.CreateInstance(type, 1 << 20))(stream);
    }
}
