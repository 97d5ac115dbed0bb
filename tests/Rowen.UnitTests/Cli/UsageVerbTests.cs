using Rowen.Cli.Verbs;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.UnitTests.Cli;

public sealed class UsageVerbTests
{
    [Fact]
    public void Leases_add_up_by_the_job_that_accounting_knows_and_by_user()
    {
        UsageView[] usages = [Usage(1, "12", "ada", 100), Usage(2, "9", "ada", 20), Usage(3, "12", "ada", 11), Usage(4, "12", "ben", 5), Usage(5, string.Empty, "ben", 7)];

        Assert.Equal(
            [("9", "ada", 1, 20L), ("12", "ada", 2, 111L), ("12", "ben", 1, 5L)],
            UsageVerb.ByJob(usages).Select(usage => (usage.Job, usage.User, usage.LeaseCount, usage.AllocatedMs)));
    }

    private static UsageView Usage(ulong lease, string job, string user, long allocatedMs) => new(
        new LeaseView { Id = new LeaseId(lease), BatchJob = job, User = user, NodeName = "n1" }, new LeaseUsage { Lease = new LeaseId(lease), AllocatedMs = allocatedMs });
}
