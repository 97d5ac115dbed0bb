using System.Diagnostics;
using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>What libfabric does to a process, and what of it is refused.</summary>
public sealed class OfiProcessTests
{
    /// <summary>Debian's libfabric takes SIGSEGV for itself as soon as it is loaded: .NET's own handler must come back.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Null_reference_is_an_exception_although_libfabric_is_loaded()
    {
        string folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Rowen.TestExecutor"));
        string program = Path.Combine(folder, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Rowen.TestExecutor.dll");
        var start = new ProcessStartInfo("dotnet", [program, "dereference-null"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;

        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("caught\ncaught\ncaught\n", output);
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("shm")]
    [InlineData("shm;ofi_rxm")]
    public void Shared_memory_of_libfabric_is_refused_with_the_reason(string provider)
    {
        var refused = new OfiProvider(new OfiOptions { LibfabricProvider = provider });

        IOException exception = Assert.Throws<IOException>(() => refused.OpenEndpoint(new EndpointOptions()));

        Assert.Contains("'shm' is not used: it cannot sleep", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Provider_that_libfabric_lacks_is_an_error_on_both_sides_with_its_name()
    {
        Exception[] failures = FailToMeet(new OfiOptions { LibfabricProvider = "nowhere" }, new OfiOptions { LibfabricProvider = "tcp;ofi_rxm" });

        Assert.Contains("libfabric has no provider 'nowhere'", failures[0].Message, StringComparison.Ordinal);
        Assert.Contains("libfabric has no provider 'nowhere'", failures[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_without_a_common_provider_say_what_each_has()
    {
        Exception[] failures = FailToMeet(new OfiOptions { LibfabricProvider = "net" }, new OfiOptions { LibfabricProvider = "tcp;ofi_rxm" });

        Assert.Contains("no libfabric provider in common: net there, tcp;ofi_rxm here", failures[0].Message, StringComparison.Ordinal);
        Assert.Contains("no libfabric provider in common: net there, tcp;ofi_rxm here", failures[1].Message, StringComparison.Ordinal);
    }

    private static Exception[] FailToMeet(OfiOptions initiators, OfiOptions acceptors)
    {
        TimeSpan bound = TimeSpan.FromSeconds(40);
        byte[] token = new byte[ConnectRequest.TokenSizeBytes];
        using FabricEndpoint near = new OfiProvider(initiators).OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = new OfiProvider(acceptors).OpenEndpoint(new EndpointOptions());
        var acceptor = new ThreadCall<Exception>(
            () => Assert.Throws<IOException>(() => far.Connect(new ConnectRequest(near.Address, token, IsInitiator: false, bound))));
        Exception initiator = Assert.Throws<IOException>(() => near.Connect(new ConnectRequest(far.Address, token, IsInitiator: true, bound)));
        return [initiator, acceptor.Await("the acceptor")];
    }
}
