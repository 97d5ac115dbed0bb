using System.Runtime.InteropServices;

namespace Rowen.Cli.Demo;

/// <summary>How often each word occurs in all files together.</summary>
internal sealed class WordTotals
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Words, each as often as it occurs.</summary>
    public long WordCount { get; private set; }

    public int DistinctCount => _counts.Count;

    /// <summary>Files with at least one word.</summary>
    public int FileCount { get; private set; }

    /// <summary>Files that could not be read.</summary>
    public int FailedCount { get; private set; }

    public void Add(IReadOnlyDictionary<string, int> ofOneFile)
    {
        foreach ((string word, int count) in ofOneFile)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, word, out _) += count;
            WordCount += count;
        }

        FileCount += ofOneFile.Count > 0 ? 1 : 0;
    }

    public void AddFailure() => FailedCount++;

    /// <summary>The most frequent, equally frequent ones in alphabetical order.</summary>
    public IReadOnlyList<WordAnswer> Top(int count) =>
    [
        .. _counts.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Take(count)
            .Select(word => new WordAnswer(word.Key, word.Value)),
    ];

    /// <summary>Whether every word occurs equally often in both, and equally many files failed.</summary>
    public bool Agrees(WordTotals other) =>
        FileCount == other.FileCount && FailedCount == other.FailedCount && _counts.Count == other._counts.Count
        && _counts.All(word => other._counts.TryGetValue(word.Key, out long count) && count == word.Value);
}
