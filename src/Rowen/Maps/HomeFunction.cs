using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>A function of this executor, to be run by one thread.</summary>
internal abstract class HomeFunction : IDisposable
{
    /// <summary>What the last run left: its result, or what describes its failure. Until the next.</summary>
    public abstract ReadOnlySpan<byte> Output { get; }

    /// <summary>Runs once, here.</summary>
    /// <param name="input">Not kept.</param>
    /// <returns>The outcome; never an exception.</returns>
    public abstract ErrorCode Run(ReadOnlySpan<byte> input);

    /// <summary>Frees its memory.</summary>
    public abstract void Dispose();
}
