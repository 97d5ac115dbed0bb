using Rowen.Functions;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Functions;

/// <summary>Code packages on their whole way: from a folder, through manager and agent, into a real executor.</summary>
public sealed class PackageTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Functions_of_every_form_give_their_results()
    {
        await using Lease lease = await cluster.LeaseAsync();
        var order = new Order("Åse", [new OrderItem("bolt", 3, 20), new OrderItem("nut", 2, 5)]);

        Assert.Equal(7, await lease.Function<Pair, int>("AddPair").InvokeAsync(new Pair(3, 4), cancellationToken: Bound));
        Assert.Equal(6.5, await lease.Function<double[], double>("SumOfSpan").InvokeAsync([1, 2, 3.5], cancellationToken: Bound));
        Assert.Equal(6.5, await lease.Function<List<double>, double>("SumLater").InvokeAsync([1, 2, 3.5], cancellationToken: Bound));
        Assert.Equal("Hello, Wörld!", await lease.Function<string, string>("Greet").InvokeAsync("Wörld", cancellationToken: Bound));
        Assert.Equal(new Receipt(2, 70), await lease.Function<Order, Receipt>("Buy").InvokeAsync(order, cancellationToken: Bound));
        Assert.Equal(42, await lease.Function<Nothing, int>("Answer").InvokeAsync(default, cancellationToken: Bound));
        Assert.Equal(default, await lease.Function<int, Nothing>("Forget").InvokeAsync(1, cancellationToken: Bound));
        Assert.Equal(-5, await lease.Function<int, int>("a name of its own").InvokeAsync(5, cancellationToken: Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Method_that_cannot_be_called_tells_its_caller_why()
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<int, int>("HasTwoParameters").InvokeAsync(1, cancellationToken: Bound).AsTask());

        Assert.Equal(ErrorCode.WrongSignature, error.Code);
        Assert.Contains("2 parameters", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Input_of_another_length_is_refused_with_type_and_lengths()
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationResult result = await lease.Function("AddPair").InvokeAsync(new byte[7], new byte[4], cancellationToken: Bound);

        Assert.Equal(ErrorCode.MalformedInput, result.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task Native_library_is_a_package_by_itself()
    {
        string library = Path.Combine(TestPackage.Code.Origin, "libtestfunctions.so");
        await using Lease lease = await cluster.Client.LeaseAsync(
            new LeaseRequest { Code = CodePackage.FromLibrary(library, "native_echo", "native_returns_seven") }, Bound);
        byte[] output = new byte[5];

        InvocationResult result = await lease.Function("native_echo").InvokeAsync("hello"u8.ToArray(), output, cancellationToken: Bound);
        InvocationResult seven = await lease.Function("native_returns_seven").InvokeAsync(Array.Empty<byte>(), output, cancellationToken: Bound);

        Assert.True(result.IsSuccess);
        Assert.Equal("hello"u8, output);
        Assert.Equal(ErrorCode.FunctionFailed, seven.Error);
        Assert.Equal(
            ErrorCode.UnknownFunction, Assert.Throws<RowenException>(() => lease.Function("native_checksum")).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Package_without_functions_is_refused_with_the_reason()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rowen-test-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "readme"), "nothing to run", Bound);

            RowenException error = await Assert.ThrowsAsync<RowenException>(
                () => cluster.Client.LeaseAsync(new LeaseRequest { Code = CodePackage.FromFolder(folder.FullName) }, Bound));

            Assert.Equal(ErrorCode.PackageUnusable, error.Code);
            Assert.Contains("holds no function", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
