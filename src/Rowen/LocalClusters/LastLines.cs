namespace Rowen.LocalClusters;

/// <summary>The last lines that a child process printed: enough to say why it failed. Thread safety: any thread.</summary>
internal sealed class LastLines
{
    private const int MaxCount = 40;
    private const int MaxLength = 1_000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    public void Add(string? line)
    {
        if (line is null)
        {
            return; // the end of the stream
        }

        lock (_lock)
        {
            _lines.Enqueue(line.Length > MaxLength ? line[..MaxLength] : line);
            if (_lines.Count > MaxCount)
            {
                _lines.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return _lines.Count == 0 ? "(none)" : string.Join(Environment.NewLine, _lines);
        }
    }
}
