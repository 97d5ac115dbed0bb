namespace Rowen.UnitTests.Lambdas;

/// <summary>Counts how many of its kind are finalized.</summary>
internal sealed class Finalized
{
    private static int s_count;

    ~Finalized() => Interlocked.Increment(ref s_count);

    public static int Count
    {
        get => Volatile.Read(ref s_count);
        set => Volatile.Write(ref s_count, value);
    }

    public int Number { get; } = 5;
}
