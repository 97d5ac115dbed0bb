using System.Runtime.InteropServices;
using Rowen.Functions;

namespace Rowen.Native;

/// <summary><c>rowen_lease_options</c>, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LeaseOptions
{
    public uint Size;
    public int Cores;
    public int Slots;
    public int IsImpatient;
    public long MemoryBytes;
    public long SlotBytes;
    public double DurationSeconds;
    public double HotWindowSeconds;
    public double MaxWaitSeconds;
    public byte* Provider;
    public byte* Library;
    public byte* Functions;
    public byte* Package;

    public static LeaseOptions Default => new() { Size = (uint)sizeof(LeaseOptions) };

    /// <summary>The request of options that C gave; null gives the defaults.</summary>
    /// <param name="options">They.</param>
    /// <param name="function">A function that must be among those that are loaded; null: none is known yet.</param>
    /// <exception cref="ArgumentException">A value is none.</exception>
    public static LeaseRequest Read(LeaseOptions* options, string? function = null)
    {
        if (options is null)
        {
            return new LeaseRequest();
        }

        if (options->Size != sizeof(LeaseOptions))
        {
            throw new ArgumentException(
                $"rowen_lease_options has a size of {options->Size}, and {sizeof(LeaseOptions)} in this library: call rowen_lease_options_init first.", nameof(options));
        }

        var defaults = new LeaseRequest();
        return new LeaseRequest
        {
            Cores = options->Cores == 0 ? defaults.Cores : options->Cores,
            SlotCount = options->Slots == 0 ? defaults.SlotCount : options->Slots,
            MemoryBytes = options->MemoryBytes,
            SlotBytes = options->SlotBytes == 0 ? defaults.SlotBytes : (int)Math.Clamp(options->SlotBytes, int.MinValue, int.MaxValue), // the request refuses both
            Duration = Seconds(options->DurationSeconds, defaults.Duration),
            HotWindow = options->HotWindowSeconds < 0 ? Timeout.InfiniteTimeSpan : Seconds(options->HotWindowSeconds, defaults.HotWindow),
            MaxWait = Seconds(options->MaxWaitSeconds, defaults.MaxWait),
            WhenFull = options->IsImpatient == 0 ? WhenFull.Wait : WhenFull.Fail,
            Provider = Text.OrNull(options->Provider),
            Code = CodeOrNone(Text.OrNull(options->Library), Text.OrNull(options->Functions), Text.OrNull(options->Package), function),
        };
    }

    /// <summary>Seconds of C as a time; zero has its default.</summary>
    public static TimeSpan Seconds(double seconds, TimeSpan whenZero) => seconds == 0 ? whenZero
        : seconds > 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds)
        : throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "A time is in seconds, 0 or more.");

    private static CodePackage? CodeOrNone(string? library, string? functions, string? package, string? function) => (library, package) switch
    {
        (not null, not null) => throw new ArgumentException("rowen_lease_options names a library and a package: one of them."),
        (not null, _) when functions is not null => CodePackage.FromLibrary(library, Split(functions)),
        (not null, _) => CodePackage.FromLibrary(
            library, function ?? throw new ArgumentException($"rowen_lease_options names the library {library} and none of its functions: set `functions`.")),
        (_, not null) => CodePackage.FromFolder(package),
        _ => null,
    };

    private static string[] Split(string functions) => functions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
