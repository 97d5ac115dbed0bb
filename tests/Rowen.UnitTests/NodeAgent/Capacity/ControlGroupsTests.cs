using Rowen.NodeAgent.Capacity;

namespace Rowen.UnitTests.NodeAgent.Capacity;

public sealed class ControlGroupsTests
{
    [Fact]
    public void Version_one_has_a_tree_for_each_controller()
    {
        const string mounts = """
            30 24 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
            34 30 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            """;
        const string membership = "4:memory:/slurm/job_7\n2:cpu,cpuacct:/slurm\n0::/\n";

        ControlGroups groups = ControlGroups.Parse(mounts, membership);

        Assert.Equal(new ControlGroup("/sys/fs/cgroup/memory/slurm/job_7", "/sys/fs/cgroup/memory"), groups.MemoryV1);
        Assert.Equal(new ControlGroup("/sys/fs/cgroup/cpu,cpuacct/slurm", "/sys/fs/cgroup/cpu,cpuacct"), groups.ProcessorV1);
        Assert.Null(groups.Unified);
    }

    [Fact]
    public void Container_sees_only_its_part_of_the_tree()
    {
        ControlGroups groups = ControlGroups.Parse(
            "40 30 0:35 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/docker/abc/inner\n");

        Assert.Equal(new ControlGroup("/sys/fs/cgroup/inner", "/sys/fs/cgroup"), groups.Unified);
    }

    [Fact]
    public void Path_that_leads_out_of_the_tree_stays_at_its_top() => Assert.Equal(
        new ControlGroup("/sys/fs/cgroup", "/sys/fs/cgroup"),
        ControlGroups.Parse("40 30 0:35 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/../../etc\n").Unified);

    [Fact]
    public void Limits_of_all_groups_above_hold_as_well() => Assert.Equal(
        ["/cg/a/b", "/cg/a", "/cg"], new ControlGroup("/cg/a/b", "/cg").WithAncestors());

    [Theory]
    [InlineData("", "")]
    [InlineData("garbage", "garbage")]
    [InlineData("1 2 3 - cgroup2", "0:")]
    public void Garbage_means_no_groups(string mounts, string membership) => Assert.Equal(
        new ControlGroups(null, null, null), ControlGroups.Parse(mounts, membership));
}
