namespace Rowen.Cli.Fabrics;

/// <summary>The conversation with a <see cref="FabricResponder"/>, wherever it runs. One thread.</summary>
internal abstract class ResponderLink : IDisposable
{
    /// <summary>Sends an order.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public abstract void Order(string line);

    /// <summary>Waits for the answer; bounded.</summary>
    /// <exception cref="IOException">None came; the message says why.</exception>
    public abstract string Read();

    /// <summary>Ends the responder's process as <c>kill -9</c> does. Nothing but <see cref="Dispose()"/> may follow.</summary>
    public abstract void Kill();

    /// <summary>Waits for an answer that begins with a word.</summary>
    /// <returns>What follows the word.</returns>
    /// <exception cref="IOException">The answer is another; if it says why, so does the message.</exception>
    public string Await(string word)
    {
        string line = Read();
        if (line == word || line.StartsWith($"{word} ", StringComparison.Ordinal))
        {
            return line[word.Length..].TrimStart();
        }

        const string failed = "failed ";
        throw new IOException(line.StartsWith(failed, StringComparison.Ordinal)
            ? $"The other side: {line[failed.Length..]}"
            : $"The other side said '{line}' instead of '{word}'.");
    }

    /// <summary>Ends the conversation, and the responder with it.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool isDisposing);
}
