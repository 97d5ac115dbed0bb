using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Rowen.Fabric;
using Rowen.Fabric.Memory;

namespace Rowen.Cli.Fabrics;

/// <summary>A connection with a responder over one provider: this end of it, and the orders for the other. One thread.</summary>
internal sealed class FabricTrial : IDisposable
{
    private readonly ResponderLink _link;
    private readonly FabricEnd _end;
    private readonly string _provider;

    private FabricTrial(ResponderLink link, FabricEnd end, string provider)
    {
        _link = link;
        _end = end;
        _provider = provider;
    }

    /// <summary>This end.</summary>
    public FabricEnd End => _end;

    /// <summary>How this end notifies the other, found by a probe write, and over what.</summary>
    public string Description => _end.Description;

    /// <summary>The same of the other end, which probes for itself.</summary>
    public string PeerDescription { get; private set; } = string.Empty;

    /// <summary>How long the meeting took, probes included.</summary>
    public TimeSpan MeetingTime { get; private set; }

    /// <summary>Connects.</summary>
    /// <param name="link">The other side; ends with the trial.</param>
    /// <param name="choice">The provider.</param>
    /// <param name="localAddress">The address of this machine at which the other side reaches it.</param>
    /// <param name="placeCount">Writes that may be in flight.</param>
    /// <param name="placeBytes">The largest of them.</param>
    /// <exception cref="IOException">There is no connection; the message says why.</exception>
    public static FabricTrial Begin(ResponderLink link, FabricChoice choice, IPAddress localAddress, int placeCount, int placeBytes)
    {
        FabricEnd? end = null;
        try
        {
            end = new FabricEnd(choice, localAddress, placeCount, placeBytes);
            var trial = new FabricTrial(link, end, choice.Provider);
            trial.Meet(choice, placeCount, placeBytes);
            return trial;
        }
        catch (TimeoutException exception)
        {
            Close(end, link);
            throw new IOException(exception.Message, exception);
        }
        catch
        {
            Close(end, link);
            throw;
        }
    }

    /// <summary>Has the other side write back so many writes of one size.</summary>
    public void OrderEcho(bool isHot, int bytes, int count) =>
        Order(string.Create(CultureInfo.InvariantCulture, $"echo {(isHot ? "hot" : "warm")} {bytes} {count}"), "ready");

    /// <summary>Writes of one size, one in flight for each place.</summary>
    /// <returns>The time of one write, in microseconds.</returns>
    public double Stream(int bytes, int count, int placeCount)
    {
        Order(string.Create(CultureInfo.InvariantCulture, $"take {bytes} {count}"), "ready");
        byte[] source = _end.IsMapped ? new byte[bytes] : [];
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            int place = i < placeCount ? i : _end.Await(isHot: true);
            source.CopyTo(_end.Outgoing(place, source.Length)); // where it is the peer's own memory, this is the write
            _end.Send(place, bytes);
        }

        for (int i = 0; i < Math.Min(count, placeCount); i++)
        {
            _ = _end.Await(isHot: true);
        }

        double us = Stopwatch.GetElapsedTime(startedAt).TotalMicroseconds;
        _end.Conclude();
        return us / count;
    }

    /// <summary>Kills the other side's process and waits until this end knows.</summary>
    /// <param name="bound">How long at most.</param>
    /// <returns>How long it took; null if it did not know in time.</returns>
    public TimeSpan? KillPeer(TimeSpan bound)
    {
        long startedAt = Stopwatch.GetTimestamp();
        _link.Kill();
        if (_provider == "shm")
        {
            _end.Break(); // as everywhere on one host: the end of the process is what tells
        }

        return _end.AwaitLoss(bound) ? Stopwatch.GetElapsedTime(startedAt) : null;
    }

    public void Dispose() => Close(_end, _link);

    private static void Close(FabricEnd? end, ResponderLink link)
    {
        end?.Dispose();
        link.Dispose();
    }

    private void Meet(FabricChoice choice, int placeCount, int placeBytes)
    {
        byte[] token = RandomNumberGenerator.GetBytes(ConnectRequest.TokenSizeBytes);
        string opened = Order(string.Create(
            CultureInfo.InvariantCulture, $"open {choice.Format()} {placeCount} {placeBytes} {Convert.ToHexString(token)}"), "opened");
        long startedAt = Stopwatch.GetTimestamp();
        _link.Order($"connect {Convert.ToHexString(_end.Address.Span)}");
        RemoteBlock own = _end.Meet(Convert.FromHexString(opened), token, isInitiator: true);
        string[] words = _link.Await("connected").Split(' ', 3);
        MeetingTime = Stopwatch.GetElapsedTime(startedAt);
        PeerDescription = words[2];
        _end.Join(new RemoteBlock(
            ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), ulong.Parse(words[1], CultureInfo.InvariantCulture)));
        Order(string.Create(CultureInfo.InvariantCulture, $"join {own.Key:x} {own.LengthBytes}"), "joined");
    }

    private string Order(string line, string answer)
    {
        _link.Order(line);
        return _link.Await(answer);
    }
}
