using System.Diagnostics;
using System.Globalization;

namespace Rowen.IntegrationTests.Faults;

/// <summary>A second network on this machine, with a cable to it that can be pulled. Needs root and <c>ip</c>.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const int Numbers = 25_000; // as many as there are subnets

    private readonly string _cable;

    public NetworkNamespace()
    {
        int number = TakeNumber();
        (Name, _cable) = (NameOf(number), string.Create(CultureInfo.InvariantCulture, $"rwn{number}"));
        string subnet = string.Create(CultureInfo.InvariantCulture, $"10.{100 + (number / 250)}.{number % 250}");
        NearAddress = $"{subnet}.1";
        FarAddress = $"{subnet}.2";
        try
        {
            Ip("link", "add", _cable, "type", "veth", "peer", "name", "far", "netns", Name);
            Ip("address", "add", $"{NearAddress}/24", "dev", _cable);
            Ip("link", "set", _cable, "up");
            Ip("-n", Name, "address", "add", $"{FarAddress}/24", "dev", "far");
            Ip("-n", Name, "link", "set", "far", "up");
            Ip("-n", Name, "link", "set", "lo", "up");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    /// <summary>Of this side.</summary>
    public string NearAddress { get; }

    /// <summary>Of the other.</summary>
    public string FarAddress { get; }

    /// <summary>What has left this side by the cable.</summary>
    public long SentBytes => Count("tx_bytes");

    /// <summary>What has come to this side by the cable.</summary>
    public long ReceivedBytes => Count("rx_bytes");

    /// <summary>
    /// A second address at each end, of which the far one never answers the near one: its route back is cut, and nobody is told. The
    /// first addresses go on as before.
    /// </summary>
    public (string Near, string Far) AddAddressesWithoutRoute()
    {
        (string near, string far) = (NearAddress + "01", FarAddress + "01"); // .101 and .201
        Ip("address", "add", $"{near}/32", "dev", _cable);
        Ip("-n", Name, "address", "add", $"{far}/32", "dev", "far");
        Ip("route", "add", $"{far}/32", "dev", _cable, "src", near);
        Ip("-n", Name, "route", "add", "blackhole", $"{near}/32");
        return (near, far);
    }

    /// <summary>From now on nothing gets through, and nobody is told.</summary>
    public void PullCable() => Ip("link", "set", _cable, "down");

    /// <summary>Processes that are still there keep the namespace alive for themselves, but nobody else finds it.</summary>
    public void Dispose()
    {
        _ = Run("link", "delete", _cable);
        _ = Run("netns", "delete", Name);
    }

    /// <summary>A number that no other test of this machine has in its names and addresses: not one of another process-number space, either.</summary>
    private static int TakeNumber()
    {
        for (int attempt = 1; ; attempt++)
        {
            int number = Random.Shared.Next(Numbers);
            (int exitCode, string complaint) = Run("netns", "add", NameOf(number));
            if (exitCode == 0)
            {
                return number;
            }

            Assert.True(attempt < 10 && complaint.Contains("File exists", StringComparison.Ordinal), $"ip netns add {NameOf(number)} failed; this test needs root and iproute2: {complaint}");
        }
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"rowen-{number}");

    private long Count(string what) =>
        long.Parse(File.ReadAllText($"/sys/class/net/{_cable}/statistics/{what}"), CultureInfo.InvariantCulture);

    private static void Ip(params string[] arguments)
    {
        (int exitCode, string complaint) = Run(arguments);
        Assert.True(exitCode == 0, $"ip {string.Join(' ', arguments)} failed; this test needs root and iproute2: {complaint}");
    }

    private static (int ExitCode, string Complaint) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        string complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, complaint);
    }
}
