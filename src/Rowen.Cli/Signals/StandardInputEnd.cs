namespace Rowen.Cli.Signals;

/// <summary>Tells when standard input ends: the program that started us is gone, however it went.</summary>
internal sealed class StandardInputEnd : IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    private StandardInputEnd()
    {
    }

    public CancellationToken Token => _ended.Token;

    public static StandardInputEnd Watch()
    {
        var end = new StandardInputEnd();
        // A thread of its own: the read blocks until the end, and must not hold the process when another end comes first.
        new Thread(end.ReadToEnd) { IsBackground = true, Name = "standard input" }.Start();
        return end;
    }

    public void Dispose() => _ended.Dispose();

    private void ReadToEnd()
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            byte[] ignored = new byte[256];
            while (input.Read(ignored) > 0)
            {
            }
        }
        catch (IOException)
        {
            // As good as the end.
        }

        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Something else ended us first.
        }
    }
}
