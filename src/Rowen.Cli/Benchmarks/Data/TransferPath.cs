using System.Globalization;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>One way to put and get objects, one after the other.</summary>
internal abstract class TransferPath
{
    /// <summary>Puts bytes so many times, each under a name of its own, in place of what was there.</summary>
    public async Task PutAsync(string name, byte[] bytes, int count, CancellationToken cancellationToken)
    {
        for (int i = 0; i < count; i++)
        {
            await PutAsync(NameOf(name, i), bytes, cancellationToken);
        }
    }

    /// <summary>Gets them again, and looks at their ends.</summary>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public async Task GetAsync(string name, byte[] expected, int count, CancellationToken cancellationToken)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(expected.Length);
        for (int i = 0; i < count; i++)
        {
            await GetAsync(NameOf(name, i), buffer, cancellationToken);
            if (buffer[0] != expected[0] || buffer[^1] != expected[^1])
            {
                throw new InvalidDataException($"{GetType().Name} returned other bytes than it was given.");
            }
        }
    }

    protected abstract Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken);

    /// <summary>Fills the buffer, to whose length the object was put.</summary>
    protected abstract Task GetAsync(string name, byte[] buffer, CancellationToken cancellationToken);

    private static string NameOf(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}-{index}");
}
