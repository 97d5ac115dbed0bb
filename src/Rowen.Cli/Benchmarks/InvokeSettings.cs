using Rowen.Functions;

namespace Rowen.Cli.Benchmarks;

/// <summary>What is measured, how often, and for how long.</summary>
internal sealed record InvokeSettings
{
    /// <summary>Payload of warm calls: what wakes somebody up is the call, not its bytes.</summary>
    public const int WarmBytes = 8;

    /// <summary>Payload of streams.</summary>
    public const int StreamBytes = 64;

    /// <summary>Calls of one round of a stream: some milliseconds.</summary>
    public const int StreamCalls = 50_000;

    /// <summary>Less of everything, for a first look: a few seconds.</summary>
    public static InvokeSettings Quick { get; } = new()
    {
        Providers = ["shm"],
        Sizes = [8],
        Rounds = 8,
        PausedCalls = 20,
        WarmUpTime = TimeSpan.Zero,
    };

    /// <summary>Rounds of Rowen before the first that counts: at least so many.</summary>
    public const int WarmUpRounds = 10;

    /// <summary>How long they take at least: the compiler looks at what is hot in steps of 100 ms, several times.</summary>
    public TimeSpan WarmUpTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Every kind of row.</summary>
    public static IReadOnlyList<string> AllRows { get; } = ["hot", "warm", "stream", "lambda", "cold", "lease", "idle"];

    /// <summary>The kinds of rows to measure.</summary>
    public IReadOnlyList<string> Rows { get; init; } = AllRows;

    /// <summary>Providers, in the order of their rows.</summary>
    public IReadOnlyList<string> Providers { get; init; } = ["shm", "tcp"];

    /// <summary>Payloads of hot calls, in bytes.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [8, 1024, 65_536, 1_048_576];

    /// <summary>How often floor and Rowen take turns.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>How long one side of a hot round takes, roughly: long against a timer tick, short against drift.</summary>
    public TimeSpan RoundTime { get; init; } = TimeSpan.FromMilliseconds(8);

    /// <summary>Calls of a warm round.</summary>
    public int PausedCalls { get; init; } = 50;

    /// <summary>How often what takes milliseconds, and a pause before it, is measured.</summary>
    public int SlowRounds => Math.Min(Rounds, 15);

    /// <summary>How long the idle cluster is watched.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it is left alone before: the compiler is still busy with what came before.</summary>
    public TimeSpan IdleSettleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The code package with the echo function.</summary>
    public CodePackage? Code { get; init; }

    /// <summary>The echo function, in its zero-copy form.</summary>
    public string FunctionName { get; init; } = "Echo";

    /// <summary>Decides in which order floor and Rowen take turns.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the state that leases are written to lies; the disk's floor is measured there.</summary>
    public string DiskFolder { get; init; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen");

    public int MaxPayloadBytes => Math.Max(Sizes.DefaultIfEmpty(0).Max(), StreamBytes);
}
