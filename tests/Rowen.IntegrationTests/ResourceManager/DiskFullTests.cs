#pragma warning disable xUnit1051 // the client bounds each of its calls, and each test has a timeout
using System.Diagnostics;
using System.Runtime.Versioning;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.ResourceManager;

/// <summary>On a real file system of 4 MiB, which takes root to mount; elsewhere they say that they did not run.</summary>
[SupportedOSPlatform("linux")]
public sealed class DiskFullTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly bool _isMounted;

    public DiskFullTests() => _isMounted = Environment.IsPrivilegedProcess
        && Run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "rowen-test", _folder.Path) == 0;

    public void Dispose()
    {
        if (_isMounted)
        {
            Assert.Equal(0, Run("umount", _folder.Path));
        }

        _folder.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task New_leases_are_refused_old_ones_are_served_and_all_is_well_when_there_is_room_again()
    {
        Assert.SkipUnless(_isMounted, "Only root may mount the small file system that this test fills.");
        string ballast = Path.Combine(_folder.Path, "ballast");
        LeaseView kept;
        LeaseView late;
        await using (RunningManager manager = await RunningManager.StartAsync(_folder.Path))
        {
            using ManagerClient client = manager.Connect();
            await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 4);
            kept = await client.AskLeaseAsync(new LeaseAsk { Cores = 1 });
            LeaseView released = await client.AskLeaseAsync(new LeaseAsk { Cores = 1 });
            await agent.ReadyAsync(kept.Id);
            Fill(ballast);

            RowenException refusal = await AskUntilRefusedAsync(client);
            LeaseView renewed = await client.RenewAsync(kept.Id);
            LeaseView ended = await client.ReleaseAsync(released.Id);
            File.Delete(ballast);
            late = await AskUntilGrantedAsync(client);

            Assert.Equal(ErrorCode.StorageFailed, refusal.Code);
            Assert.Contains("full", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(LeaseState.Active, renewed.State);
            Assert.Equal(LeaseState.Ended, ended.State);
        }

        await using RunningManager next = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient again = next.Connect();
        LeaseView[] leases = await again.GetLeasesAsync();
        Assert.Equal([kept.Id, late.Id], leases.Where(lease => lease.State != LeaseState.Ended).Select(lease => lease.Id)
            .Intersect([kept.Id, late.Id]));
        Assert.Equal(leases.Length, leases.DistinctBy(lease => lease.Id).Count());
    }

    private static async Task<RowenException> AskUntilRefusedAsync(ManagerClient client)
    {
        while (true) // what is left of SQLite's log takes a few more; the test's timeout bounds it
        {
            try
            {
                LeaseView lease = await client.AskLeaseAsync(new LeaseAsk { Cores = 1 });
                await client.ReleaseAsync(lease.Id);
            }
            catch (RowenException exception)
            {
                return exception;
            }
        }
    }

    private static async Task<LeaseView> AskUntilGrantedAsync(ManagerClient client)
    {
        while (true)
        {
            try
            {
                return await client.AskLeaseAsync(new LeaseAsk { Cores = 1 });
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.StorageFailed)
            {
                await Task.Delay(100);
            }
        }
    }

    private static void Fill(string path)
    {
        using FileStream file = File.Create(path);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
