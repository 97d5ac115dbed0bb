using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Fabrics;

/// <summary><c>rowen fabric</c> and <c>rowen doctor</c>, as users run them.</summary>
public sealed class FabricVerbTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rowen-fabric-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Check_alone_tries_every_fabric_and_sees_each_death()
    {
        (int exitCode, string output, string error) = await RunAsync("check", "--output", "json");

        Assert.True(exitCode == 0, $"it ended with {exitCode}: {error}{output}");
        JsonElement verdict = JsonDocument.Parse(output).RootElement;
        JsonElement[] findings = [.. verdict.GetProperty("findings").EnumerateArray()];
        Assert.Equal("shm", verdict.GetProperty("chosen").GetString());
        Assert.Equal(
            ["shm", "tcp", "ofi tcp;ofi_rxm", "ofi tcp;ofi_rxm, messages forced"],
            findings.Take(4).Select(finding => finding.GetProperty("fabric").GetString()));
        Assert.All(findings, finding => Assert.True(finding.GetProperty("peerLossMs").GetDouble() > 0, $"{finding}"));
        Assert.EndsWith("writes carry their notification)", findings[2].GetProperty("connection").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("notifications are messages)", findings[3].GetProperty("connection").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_with_a_peer_tries_all_but_shared_memory_and_says_why()
    {
        using Process server = Start("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--output", "json");
        string address = await AddressOfAsync(server);

        (int exitCode, string output, string error) = await RunAsync("check", "--peer", address, "--secret", Secret, "--output", "json");

        server.Kill(entireProcessTree: true);
        Assert.True(exitCode == 0, $"it ended with {exitCode}: {error}{output}");
        JsonElement verdict = JsonDocument.Parse(output).RootElement;
        Assert.Equal("tcp", verdict.GetProperty("chosen").GetString());
        Assert.Equal("shm: the other end is on another machine", verdict.GetProperty("whyNotFaster")[0].GetString());
        Assert.True(verdict.GetProperty("findings")[0].GetProperty("peerLossMs").GetDouble() > 0);
    }

    [Fact]
    public async Task Peer_with_another_secret_is_turned_away_by_both()
    {
        using Process server = Start("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--output", "json");
        string address = await AddressOfAsync(server);
        string other = Path.Combine(_folder.FullName, "other");
        await File.WriteAllTextAsync(other, new string('a', 64), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(other, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (int exitCode, _, string error) = await RunAsync("check", "--peer", address, "--secret", other);

        server.Kill(entireProcessTree: true);
        Assert.Equal(1, exitCode);
        Assert.Contains("does not know the secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stranger_who_proves_nothing_hears_nothing()
    {
        using Process server = Start("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--output", "json");
        using var stranger = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await stranger.ConnectAsync(IPEndPoint.Parse(await AddressOfAsync(server)), TestContext.Current.CancellationToken);

        // A line for the responder, in a frame as it should be, but before any proof.
        await stranger.SendAsync(new byte[] { (byte)'R', (byte)'W', 1, 16, 5, 0, 0, 0, (byte)'c', (byte)'l', (byte)'o', (byte)'s', (byte)'e' }, TestContext.Current.CancellationToken);
        int received = await stranger.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        server.Kill(entireProcessTree: true);
        Assert.Equal(0, received);
    }

    [Theory]
    [InlineData("check", "--peer", "nowhere")]
    [InlineData("check", "--peer", "10.0.0.1")]
    [InlineData("serve", "--listen", "0.0.0.0:7600")]
    public async Task Wrong_address_is_an_error_with_an_example(params string[] arguments)
    {
        (int exitCode, _, string error) = await RunAsync(arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains("such as 10.0.0.6:7600", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_that_others_can_read_is_refused()
    {
        await File.WriteAllTextAsync(Secret, new string('a', 64), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        (int exitCode, _, string error) = await RunAsync("serve", "--listen", "127.0.0.1:0", "--secret", Secret);

        Assert.Equal(1, exitCode);
        Assert.Contains("can be read by others", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_lists_providers_and_what_libfabric_has()
    {
        (int exitCode, string output, string error) = await RunVerbAsync(["doctor", "--output", "json"]);

        Assert.True(exitCode == 0, error);
        JsonElement answer = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["shm", "ofi", "tcp"], answer.GetProperty("providers").EnumerateArray().Select(each => each.GetProperty("name").GetString()));
        Assert.Contains(
            answer.GetProperty("libfabric").GetProperty("providers").EnumerateArray(), each => each.GetProperty("name").GetString() == "tcp;ofi_rxm");
    }

    [Fact]
    public async Task Doctor_says_what_to_do_about_a_libfabric_that_is_too_old()
    {
        string source = Path.Combine(_folder.FullName, "old.c");
        await File.WriteAllTextAsync(
            source,
            "int fi_getinfo(void) { return -61; } void fi_freeinfo(void) {} void *fi_dupinfo(void) { return 0; } int fi_fabric(void) { return -1; }"
            + " const char *fi_strerror(void) { return \"\"; } unsigned fi_version(void) { return (1 << 16) | 9; }",
            TestContext.Current.CancellationToken);
        using Process compiler = Process.Start("gcc", ["-shared", "-fPIC", "-o", Path.Combine(_folder.FullName, "libfabric.so.1"), source]);
        await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, compiler.ExitCode);

        (int exitCode, string output, string error) = await RunVerbAsync(["doctor"], ("LD_LIBRARY_PATH", _folder.FullName));

        Assert.True(exitCode == 0, error);
        Assert.Contains("libfabric: none that works", output, StringComparison.Ordinal);
        Assert.Contains(
            "libfabric.so.1 speaks version 1.9 of libfabric's interface; the fabric provider 'ofi' needs 1.11: install a newer one", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brief_check_tries_what_leases_would_take_and_kills_nobody()
    {
        using Process server = Start("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--seconds", "60", "--output", "json");
        string address = await AddressOfAsync(server);

        (int exitCode, string output, string error) = await RunAsync("check", "--brief", "--peer", address, "--secret", Secret, "--output", "json");

        server.Kill(entireProcessTree: true);
        Assert.True(exitCode == 0, $"it ended with {exitCode}: {error}{output}");
        JsonElement verdict = JsonDocument.Parse(output).RootElement;
        JsonElement finding = Assert.Single(verdict.GetProperty("findings").EnumerateArray());
        Assert.Equal("tcp", finding.GetProperty("fabric").GetString());
        Assert.True(finding.GetProperty("hot8Us").GetDouble() > 0);
        Assert.False(finding.TryGetProperty("peerLossMs", out _));
    }

    [Fact]
    public async Task Serve_ends_by_itself_after_its_seconds()
    {
        (int exitCode, string output, _) = await RunAsync("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--seconds", "1");

        Assert.Equal(0, exitCode);
        Assert.Contains("Serving at 127.0.0.1:", output, StringComparison.Ordinal);
    }

    /// <summary>A peer that dies in the midst of it is a finding: the check goes on to its end, and says so.</summary>
    [Fact]
    public async Task Peer_that_is_killed_in_the_midst_of_a_check_is_told_and_ends_nothing()
    {
        using Process server = Start("serve", "--listen", "127.0.0.1:0", "--secret", Secret, "--output", "json");
        string address = await AddressOfAsync(server);
        using Process check = Start("check", "--peer", address, "--secret", Secret, "--output", "json");
        string tried = await check.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? string.Empty;

        server.Kill(entireProcessTree: true);
        Task<string> error = check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("trying tcp ...", tried);
        Assert.Equal(1, check.ExitCode);
        JsonElement[] findings = [.. JsonDocument.Parse(output).RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Contains("could not be reached: ConnectionRefused", findings[^1].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.False(JsonDocument.Parse(output).RootElement.TryGetProperty("chosen", out _), await error);
    }

    private string Secret => Path.Combine(_folder.FullName, "secret");

    private static async Task<string> AddressOfAsync(Process server)
    {
        string said = string.Empty;
        while (!said.EndsWith('}'))
        {
            said += await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Bound, TestContext.Current.CancellationToken) ?? throw new EndOfStreamException($"serve ended and had said '{said}'");
        }

        return JsonDocument.Parse(said).RootElement.GetProperty("address").GetString()!;
    }

    private static Process Start(params IEnumerable<string> arguments) => StartVerb(["fabric", .. arguments]);

    private static Process StartVerb(IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static Task<Finished> RunAsync(params IEnumerable<string> arguments) => RunVerbAsync(["fabric", .. arguments]);

    private static async Task<Finished> RunVerbAsync(
        IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using Process process = StartVerb(arguments, environment);
        return await Finished.OfAsync(process, Bound);
    }
}
