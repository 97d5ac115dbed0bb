namespace Rowen.ObjectStorage;

/// <summary>Compares what is read of a whole object, from front to back, with what is known of it.</summary>
/// <param name="name">Of what is compared, for people.</param>
/// <remarks>Thread safety: none.</remarks>
internal abstract class ContentCheck(string name) : IDisposable
{
    /// <summary>What is compared.</summary>
    public string Name => name;

    /// <summary>The next bytes.</summary>
    public abstract void Add(ReadOnlySpan<byte> bytes);

    /// <summary>Whether all of them were right. Asked once, at the end.</summary>
    public abstract bool IsRight();

    public abstract void Dispose();
}
