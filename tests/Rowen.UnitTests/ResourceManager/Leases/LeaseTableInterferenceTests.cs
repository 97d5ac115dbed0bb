using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.ResourceManager.Leases;

/// <summary>Functions are not placed beside a batch job that they would hurt.</summary>
public sealed class LeaseTableInterferenceTests
{
    private readonly LeaseTableDriver _table = new();

    [Fact]
    public void Memory_bound_functions_wait_for_a_node_whose_job_they_do_not_hurt()
    {
        Join("beside", BoundBy.Memory);

        LeaseView lease = Ask(BoundBy.Memory);

        Assert.Equal(LeaseState.Waiting, lease.State);
        Assert.Equal("waits for 1 core where it hurts no batch job: it is memory-bound, and N1 lies beside job 12, which is memory-bound", lease.Reason);
        NodeId other = Join("other", BoundBy.Compute);
        Assert.Equal(other, _table.Find(lease.Id).Node);
    }

    [Fact]
    public void Others_overtake_them_meanwhile()
    {
        NodeId node = Join("beside", BoundBy.Memory);
        Ask(BoundBy.Memory);

        Assert.Equal(node, Ask(BoundBy.Compute).Node);
        Assert.Equal(node, Ask(BoundBy.Unknown).Node);
    }

    private LeaseView Ask(BoundBy bound) => _table.TryAsk(new LeaseAsk { Cores = 1, Bound = bound }).View!;

    private NodeId Join(string name, BoundBy jobBound) =>
        _table.Join(new NodeJoin { Name = name, Cores = 4, BatchJob = "12", JobBound = jobBound });
}
