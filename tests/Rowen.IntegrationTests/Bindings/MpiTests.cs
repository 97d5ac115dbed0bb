using System.Globalization;
using System.Runtime.InteropServices;
using Rowen.Functions;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>Programs of MPI whose ranks have part of their work done on leased cores.</summary>
[Collection(SharedNativeLibrary.Name)]
public sealed class MpiTests(NativeLibrary library, MpiPrograms programs) : IClassFixture<MpiPrograms>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    /// <summary>Three ranks for two cores: one computes alone.</summary>
    [Theory]
    [InlineData("openmpi", "jacobi", "200", "70")]
    [InlineData("openmpi", "prices", "100000")]
    [InlineData("openmpi", "particles", "60000")]
    [InlineData("mpich", "jacobi", "200", "70")]
    [InlineData("mpich", "prices", "100000")]
    [InlineData("mpich", "particles", "60000")]
    public async Task Ranks_that_offload_have_the_serial_programs_result(string mpi, string program, params string[] size)
    {
        foreach ((string way, int ranks, int cores) in new[] { ("local", 4, 0), ("both", 2, 2), ("leased", 3, 2) })
        {
            Finished run = await programs.RunAsync(mpi, ranks, [$"./{program}", way, .. size]);

            Assert.Matches($@"{program}, {way}: {ranks} ranks, {cores} leased cores, [0-9.]+ s, equal to the serial program's result\n", run.Output);
        }
    }

    /// <summary>Sizes are such that each runs for seconds after its first call.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("openmpi", "jacobi", "800", "6000")]
    [InlineData("mpich", "particles", "60000000")]
    public async Task Ranks_whose_leased_cores_are_taken_away_go_on_alone_and_have_the_serial_programs_result(string mpi, string program, params string[] size)
    {
        await using RowenClient client = await RowenClient.ConnectAsync(library.ClusterFile, cancellationToken: Bound);
        LeaseId[] leases = [];

        Task<Finished> ends = programs.RunAsync(mpi, 2, [$"./{program}", "leased", .. size]);
        await Until.TrueAsync(async () => ends.IsCompleted || (leases = await ComputingAsync(client)).Length == 2, Patience, "functions run on both ranks' leased cores");
        Assert.False(ends.IsCompleted, $"it ended before anything was taken away: {(ends.IsCompleted ? (await ends).Output : string.Empty)}");
        foreach (LeaseId lease in leases)
        {
            await library.RevokeAsync(lease);
        }

        Finished run = await ends;
        Assert.Matches("goes on alone|priced here instead", run.Output + run.Error);
        Assert.Matches($@"{program}, leased: 2 ranks, [0-9]+ leased cores, [0-9.]+ s, equal to the serial program's result\n", run.Output);
    }

    /// <summary>Debian's mpi4py is Open MPI's.</summary>
    [Fact]
    public async Task Ranks_in_Python_offload()
    {
        Finished run = await programs.RunAsync(
            "openmpi", 2, "env", $"PYTHONPATH={NativeLibrary.Source("python")}", $"ROWEN_NATIVE={Path.Combine(library.Folder, "lib")}",
            "/usr/bin/python3", NativeLibrary.Source("python/examples/ranks.py"));

        Assert.EndsWith("2 ranks, equal: True\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task Calls_work_before_MPI_and_after_it_and_a_fork_is_refused(string mpi)
    {
        Finished run = await programs.RunAsync(mpi, 2, "./lifecycle", library.Functions, library.Home.Folder($"life.{mpi}"), "orderly");

        Assert.Equal("0 failures\n0 failures\n", run.Output);
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task Rank_that_gives_nothing_back_ends_and_its_lease_after_it(string mpi)
    {
        Finished run = await programs.RunAsync(mpi, 2, "./lifecycle", library.Functions, library.Home.Folder($"careless.{mpi}"), "careless");

        Assert.Equal("0 failures\n0 failures\n", run.Output);
        await using RowenClient client = await RowenClient.ConnectAsync(library.ClusterFile, cancellationToken: Bound);
        await Until.TrueAsync(
            async () => (await client.LeasesAsync(Bound)).All(lease => lease.State == LeaseState.Ended), Patience, "the leases ended");
    }

    [Fact]
    public async Task Functions_in_C_and_Fortran_of_one_library_are_called_from_C_Cs_and_Python()
    {
        string program = await library.CompileAsync("native", "gcc", "-std=c99", "-pedantic", NativeLibrary.Source("c/tests/native.c"));
        Finished fromC = await library.Home.RunAsync(Patience, program, programs.Kernels);
        Finished fromPython = await library.Home.RunAsync(
            Patience, "env", $"PYTHONPATH={NativeLibrary.Source("python")}", $"ROWEN_NATIVE={Path.Combine(library.Folder, "lib")}",
            "python3", NativeLibrary.Source("python/examples/native.py"), programs.Kernels);
        await using RowenClient client = await RowenClient.ConnectAsync(library.ClusterFile, cancellationToken: Bound);
        await using Lease lease = await client.LeaseAsync(
            new LeaseRequest { Code = CodePackage.FromLibrary(programs.Kernels, "black_scholes", "transport") }, Bound);
        double[] price = new double[1], tally = new double[22];
        lease.Function("black_scholes").Invoke(MemoryMarshal.AsBytes<double>([100, 100, 1, 0.02, 0.2]), MemoryMarshal.AsBytes(price.AsSpan()), cancellationToken: Bound).ThrowIfFailed();
        lease.Function("transport").Invoke(MemoryMarshal.AsBytes<long>([0, 1000]), MemoryMarshal.AsBytes(tally.AsSpan()), cancellationToken: Bound).ThrowIfFailed();

        fromC.AssertDone();
        fromPython.AssertDone();
        string[] lines = fromC.Output.Split('\n');
        Assert.Equal("8.9160", lines[0]);
        Assert.Equal(8.9160, price[0], 4);
        Assert.Equal(tally, lines[1].Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)));
        Assert.True(tally[20] > 0 && tally[20] + tally[21] < 1000, $"{tally[20]} came back, {tally[21]} through");
        Assert.Equal(fromC.Output, fromPython.Output);
    }

    private static async Task<LeaseId[]> ComputingAsync(RowenClient client)
    {
        HashSet<LeaseId> active = [.. (await client.LeasesAsync(Bound)).Where(lease => lease.State == LeaseState.Active).Select(lease => lease.Id)];
        return [.. (await client.UsageAsync(Bound)).Where(usage => usage.Used.InvocationCount > 0).Select(usage => usage.Lease.Id).Where(active.Contains)];
    }
}
