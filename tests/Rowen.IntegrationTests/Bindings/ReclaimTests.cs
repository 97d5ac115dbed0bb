using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>Leases that are taken from a C program while its calls are under way.</summary>
[Collection(SharedNativeLibrary.Name)]
public sealed class ReclaimTests(NativeLibrary library)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 180_000)]
    [InlineData("its executor is killed")]
    [InlineData("its lease is revoked")]
    public async Task Call_ends_with_a_code_its_input_is_intact_and_the_next_lease_works(string how)
    {
        string program = await library.CompileAsync("reclaimed", "gcc", "-std=c99", "-pedantic", "-D_GNU_SOURCE", NativeLibrary.Source("c/tests/reclaimed.c"));
        string folder = library.Home.Folder($"reclaimed {how}");
        string[] files = [Path.Combine(folder, "first"), Path.Combine(folder, "second")];
        await using RowenClient client = await RowenClient.ConnectAsync(library.ClusterFile, cancellationToken: Bound);

        Task<Finished> ends = library.Home.RunAsync(Patience, program, [library.Functions, .. files]);
        foreach (string file in files)
        {
            await Until.TrueAsync(() => File.Exists(file) || ends.IsCompleted, Patience, $"a function runs, before {how}");
            Assert.False(ends.IsCompleted, $"it ended before {how}");
            if (how == "its executor is killed")
            {
                ProcessControl.Kill(int.Parse(await File.ReadAllTextAsync(file, Bound), CultureInfo.InvariantCulture), ProcessSignal.Kill);
            }
            else
            {
                LeaseView held = (await client.LeasesAsync(Bound)).Where(lease => lease.State == LeaseState.Active).MaxBy(lease => lease.Id.Value)!; // the newest is its
                await library.RevokeAsync(held.Id);
            }
        }

        Finished run = await ends;
        run.AssertDone();
        Assert.Equal(
            """
            lease: Ok
            submit: Ok
            submit: Ok
            ran: Unknown
            it says why: yes
            waited: NotExecuted
            inputs: intact
            held: 0
            invoke: NotExecuted
            invoke or run: Ok
            locally: 1, right
            release: Ok
            lease: Ok
            invoke: Unknown
            input: intact
            release: Ok
            lease: Ok
            invoke: Ok
            release: Ok
            disconnect: Ok

            """,
            run.Output);
    }
}
