using System.Globalization;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The second process of the floors: obeys lines of the form <c>Ring 8 1000</c> (what, payload bytes, calls) from its
/// standard input, and sleeps there between them. The end of that input is the end of the process.
/// </summary>
internal sealed class FloorResponder(SharedPages pages, FloorLayout layout, FloorSocket socket)
{
    /// <summary>What it says when it is about to serve.</summary>
    public const string Ready = "ready";

    private readonly FloorRing _ring = new(pages, layout);

    /// <summary>Obeys until the input ends.</summary>
    /// <param name="input">Orders.</param>
    /// <param name="output">Says <c>ready</c> after each.</param>
    /// <param name="maxPayloadBytes">What fits.</param>
    public void Run(TextReader input, TextWriter output, int maxPayloadBytes)
    {
        byte[] buffer = new byte[maxPayloadBytes];
        output.WriteLine(Ready);
        while (input.ReadLine() is { } line)
        {
            (FloorKind kind, int payloadBytes, int count) = Parse(line);
            output.WriteLine(Ready);
            Serve(kind, buffer.AsSpan(0, payloadBytes), count);
        }
    }

    public static string Format(FloorKind kind, int payloadBytes, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind} {payloadBytes} {count}");

    private static (FloorKind Kind, int PayloadBytes, int Count) Parse(string line)
    {
        string[] words = line.Split(' ');
        return words.Length == 3
            && Enum.TryParse(words[0], out FloorKind kind)
            && int.TryParse(words[1], CultureInfo.InvariantCulture, out int payloadBytes)
            && int.TryParse(words[2], CultureInfo.InvariantCulture, out int count)
                ? (kind, payloadBytes, count)
                : throw new FormatException($"'{line}' is no order for a floor.");
    }

    private void Serve(FloorKind kind, Span<byte> buffer, int count)
    {
        switch (kind)
        {
            case FloorKind.Ring:
                _ring.Serve(count, depth: 1);
                break;
            case FloorKind.Stream:
                _ring.Serve(count, FloorLayout.SlotCount);
                break;
            case FloorKind.Futex:
                _ring.ServeAsleep(count, isCallerAsleep: true);
                break;
            case FloorKind.FutexOneSided:
                _ring.ServeAsleep(count, isCallerAsleep: false);
                break;
            case FloorKind.TcpSpin:
                socket.Serve(count, buffer, mayBlock: false);
                break;
            default:
                socket.Serve(count, buffer, mayBlock: true);
                break;
        }
    }
}
