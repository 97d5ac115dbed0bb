namespace Rowen.NodeAgent.Logs;

/// <summary>What the functions of one lease print.</summary>
/// <remarks>Thread safety: any thread writes; one owner disposes.</remarks>
internal sealed class LeaseLog : IDisposable
{
    private readonly Action _onClosed;

    /// <summary>Begins it.</summary>
    /// <param name="folder">Of this lease alone.</param>
    /// <param name="maxBytesOfStream">Bound of each stream.</param>
    /// <param name="onClosed">Called when nothing more will be written.</param>
    public LeaseLog(string folder, long maxBytesOfStream, Action onClosed)
    {
        _onClosed = onClosed;
        Output = new StreamLog(Path.Combine(folder, "out"), maxBytesOfStream);
        Error = new StreamLog(Path.Combine(folder, "err"), maxBytesOfStream);
    }

    public StreamLog Output { get; }

    public StreamLog Error { get; }

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
        _onClosed();
    }
}
