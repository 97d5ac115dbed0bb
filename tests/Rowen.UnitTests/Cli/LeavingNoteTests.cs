using Rowen.Cli.Roles;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.Cli;

public sealed class LeavingNoteTests
{
    [Fact]
    public void Nodes_that_have_not_left_are_named_with_what_keeps_them() => Assert.Equal(
        "N1 (one), which drains, with 1 lease, N3 (three), which is silent and counts as lost soon, with 0 leases, "
        + "N4 (four), which has not answered yet, with 1 234 leases",
        LeavingNote.Describe([Node(1, "one", "draining", 1), Node(2, "two", "gone", 0), Node(3, "three", "suspect", 0), Node(4, "four", "up", 1_234)]));

    [Fact]
    public void Nodes_that_cannot_answer_are_not_waited_for() =>
        Assert.Empty(LeavingNote.Describe([Node(1, "one", "lost", 2), Node(2, "two", "gone", 0)]));

    private static NodeView Node(uint id, string name, string state, int leases) =>
        new() { Id = new NodeId(id), Name = name, State = state, LeaseCount = leases };
}
