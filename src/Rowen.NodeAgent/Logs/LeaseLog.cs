namespace Rowen.NodeAgent.Logs;

/// <summary>What the functions of one lease print.</summary>
/// <remarks>Thread safety: one writer.</remarks>
internal sealed class LeaseLog : IDisposable
{
    internal LeaseLog(string folder, long maxBytesOfStream)
    {
        Output = new StreamLog(Path.Combine(folder, "out"), maxBytesOfStream);
        Error = new StreamLog(Path.Combine(folder, "err"), maxBytesOfStream);
    }

    public StreamLog Output { get; }

    public StreamLog Error { get; }

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }
}
