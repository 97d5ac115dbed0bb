using Rowen.Cli.Admin;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.UnitTests.Cli;

/// <summary>Versions of program, manager and agents: a cluster that was upgraded in part says so.</summary>
public sealed class AgentVersionsTests
{
    [Fact]
    public void One_version_everywhere_is_fine() =>
        Assert.Equal(SlurmFinding.Fine, AgentVersions.Judge("1.2", "1.2", [Node("n1", "1.2"), Node("n2", "1.2")]).Verdict);

    [Fact]
    public void Agent_of_another_version_is_named_with_what_to_do()
    {
        SlurmFinding finding = AgentVersions.Judge("1.2", "1.2", [Node("n1", "1.2"), Node("n2", "1.1")]);

        Assert.Equal((SlurmFinding.Hint, "The manager's version is 1.2, but n2 has 1.1."), (finding.Verdict, finding.What));
        Assert.Contains("freeze", finding.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_of_another_version_than_the_manager_is_named_first()
    {
        SlurmFinding finding = AgentVersions.Judge("1.3", "1.2", [Node("n1", "1.1")]);

        Assert.Equal((SlurmFinding.Hint, "This program is version 1.3, and the manager of the cluster 1.2."), (finding.Verdict, finding.What));
    }

    [Fact]
    public void Five_agents_are_named_of_a_hundred()
    {
        SlurmFinding finding = AgentVersions.Judge("1.2", "1.2", [.. Enumerable.Range(0, 100).Select(number => Node($"n{number}", "1.1"))]);

        Assert.Contains("n4 has 1.1", finding.What, StringComparison.Ordinal);
        Assert.DoesNotContain("n5", finding.What, StringComparison.Ordinal);
    }

    private static NodeView Node(string name, string version) => new() { Name = name, RowenVersion = version };
}
