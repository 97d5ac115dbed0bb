using System.Globalization;
using System.Net;
using Rowen.Fabric.Memory;

namespace Rowen.Cli.Fabrics;

/// <summary>
/// The other process of a trial: obeys lines, answers each with one line, and sleeps on its input between them. The
/// end of the input is its end.
/// </summary>
/// <remarks>
/// <code>
/// open PROVIDER LIBFABRIC STRATEGY PLACES BYTES TOKEN  → opened ADDRESS
/// connect ADDRESS                                      → connected KEY LENGTH DESCRIPTION
/// join KEY LENGTH                                      → joined
/// echo hot|warm BYTES COUNT                            → ready; then writes COUNT writes back, and awaits one more
/// take BYTES COUNT                                     → ready; then answers COUNT writes with 8 bytes each, and awaits one more
/// close                                                → closed
/// whatever cannot be done                              → failed WHY
/// </code>
/// Addresses and tokens are in hexadecimal digits. Lines come from a process that has proven who it is.
/// </remarks>
internal sealed class FabricResponder(IPAddress listenAddress) : IDisposable
{
    public const int CreditBytes = 8;

    private FabricEnd? _end;
    private byte[] _token = [];

    /// <summary>Obeys until the input ends.</summary>
    /// <exception cref="IOException">The peer was lost while writes went to and fro: there is nobody left to answer.</exception>
    public void Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            string answer = TryObey(words);
            output.WriteLine(answer);
            output.Flush();
            if (answer == "ready")
            {
                Serve(words);
            }
        }
    }

    public void Dispose() => _end?.Dispose();

    private string TryObey(string[] words)
    {
        try
        {
            return Obey(words);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or ArgumentException or FormatException or OutOfMemoryException)
        {
            Close();
            return $"failed {exception.Message.ReplaceLineEndings(" ")}";
        }
    }

    private string Obey(string[] words) => words switch
    {
        ["open", _, _, _, { } places, { } bytes, { } token] => Open(FabricChoice.Parse(words.AsSpan(1, 3)), Number(places, 32), Number(bytes, 1 << 26), token),
        ["connect", { } address] when _end is not null => Connect(_end, Convert.FromHexString(address)),
        ["join", { } key, { } length] when _end is not null => Join(_end, ulong.Parse(key, NumberStyles.HexNumber, CultureInfo.InvariantCulture), length),
        ["echo", "hot" or "warm", { } bytes, { } count] when _end is not null && Number(bytes, 1 << 26) > 0 && Number(count, int.MaxValue) > 0 => "ready",
        ["take", { } bytes, { } count] when _end is not null && Number(bytes, 1 << 26) > 0 && Number(count, int.MaxValue) > 0 => "ready",
        ["close"] => Close(),
        _ => throw new FormatException($"'{words[0]}' is no order, or comes too early."),
    };

    private static int Number(string word, int most) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most
            ? value
            : throw new FormatException($"'{word}' is no number from 1 to {most}.");

    private string Open(FabricChoice choice, int placeCount, int placeBytes, string token)
    {
        Close();
        _token = Convert.FromHexString(token);
        _end = new FabricEnd(choice, listenAddress, placeCount, placeBytes);
        return $"opened {Convert.ToHexString(_end.Address.Span)}";
    }

    private string Connect(FabricEnd end, byte[] address)
    {
        RemoteBlock own = end.Meet(address, _token, isInitiator: false);
        return string.Create(CultureInfo.InvariantCulture, $"connected {own.Key:x} {own.LengthBytes} {end.Description}");
    }

    private static string Join(FabricEnd end, ulong key, string length)
    {
        end.Join(new RemoteBlock(key, ulong.Parse(length, CultureInfo.InvariantCulture)));
        return "joined";
    }

    private string Close()
    {
        _end?.Dispose();
        _end = null;
        return "closed";
    }

    private void Serve(string[] words)
    {
        bool isEcho = words[0] == "echo";
        bool isHot = words[1] != "warm";
        int bytes = isEcho ? Number(words[^2], int.MaxValue) : CreditBytes;
        int count = Number(words[^1], int.MaxValue);
        for (int i = 0; i < count; i++)
        {
            int place = _end!.Await(isHot);
            if (isEcho)
            {
                _end.SendBack(place, bytes);
            }
            else
            {
                _end.Send(place, bytes);
            }
        }

        _ = _end!.Await(isHot);
    }
}
