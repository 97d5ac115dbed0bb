using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Fabrics;

/// <summary>A fabric provider as it is tried: which, and for libfabric which of its own and how.</summary>
/// <param name="Provider"><c>shm</c>, <c>tcp</c> or <c>ofi</c>.</param>
/// <param name="Libfabric">libfabric's provider; null for the best, and for others than <c>ofi</c>.</param>
/// <param name="Strategy">How libfabric notifies; <see cref="OfiStrategy.None"/> has a probe decide.</param>
internal sealed record FabricChoice(string Provider, string? Libfabric = null, OfiStrategy Strategy = OfiStrategy.None)
{
    private const string Any = "-";

    public static FabricChoice SharedMemory { get; } = new("shm");

    public static FabricChoice Tcp { get; } = new("tcp");

    /// <summary>Opens nothing yet.</summary>
    public FabricProvider Create() => Provider == "ofi"
        ? new OfiProvider(new OfiOptions { LibfabricProvider = Libfabric, Strategy = Strategy })
        : FabricProviders.ByNameOrNone(Provider) ?? throw new ArgumentException($"There is no fabric provider '{Provider}'.");

    /// <summary>For people, once it is known how it went.</summary>
    public override string ToString() => (Libfabric, Strategy) switch
    {
        (null, _) => Provider,
        (_, OfiStrategy.None) => $"{Provider} {Libfabric}",
        _ => $"{Provider} {Libfabric}, {(Strategy == OfiStrategy.Message ? "messages" : "writes with data")} forced",
    };

    /// <summary>As three words for the other process.</summary>
    public string Format() => $"{Provider} {Libfabric ?? Any} {Strategy}";

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    /// <exception cref="FormatException">Those are not such words.</exception>
    public static FabricChoice Parse(ReadOnlySpan<string> words) => words.Length == 3 && Enum.TryParse(words[2], out OfiStrategy strategy)
        ? new FabricChoice(words[0], words[1] == Any ? null : words[1], strategy)
        : throw new FormatException("A fabric is named by three words: provider, libfabric's provider, strategy.");
}
