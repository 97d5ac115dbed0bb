using Rowen.NodeAgent.Neighbors;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.NodeAgent.Neighbors;

public sealed class LentCoresTests
{
    private static readonly int[] Eight = [0, 1, 2, 3, 4, 5, 6, 7];
    private static readonly NeighborProcess Everywhere = new(10, "bash", Eight);

    [Fact]
    public void Highest_cores_that_no_process_is_bound_to_are_lent()
    {
        NeighborProcess[] neighbors = [Everywhere, new(11, "lammps", [0, 1]), new(12, "lammps", [6])];

        Assert.Equal([5, 7], LentCores.Choose(Eight, 8, neighbors, 2));
    }

    [Fact]
    public void Processes_that_may_run_everywhere_say_nothing_of_where_they_do() =>
        Assert.Equal([7], LentCores.Choose(Eight, 8, [Everywhere], 1));

    [Fact]
    public void Fewer_than_are_asked_for_are_refused_with_what_the_job_uses()
    {
        NeighborProcess[] neighbors = [new(11, "lammps", [0, 1, 2, 3, 4, 5, 6])];

        RowenException refusal = Assert.Throws<RowenException>(() => LentCores.Choose(Eight, 8, neighbors, 2));

        Assert.Equal(ErrorCode.CapacityExhausted, refusal.Code);
        Assert.Contains("1 are left: the job's own processes are bound to 0-6", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Part_of_a_node_whose_cores_nobody_names_is_refused()
    {
        RowenException refusal = Assert.Throws<RowenException>(() => LentCores.Choose(Eight, 4, [], 1));

        Assert.Contains("--cpus", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Part_of_a_node_to_which_the_step_is_bound_is_known() => Assert.Equal([5], LentCores.Choose([2, 5], 2, [], 1));

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    [InlineData(3, false)]
    public void Named_cores_must_be_the_steps_and_nobody_elses(int named, bool isGood)
    {
        NeighborProcess[] neighbors = [Everywhere, new(11, "lammps", [3])];

        Exception? refusal = Record.Exception(() => LentCores.Check([named], Eight, neighbors));

        Assert.Equal(isGood, refusal is null);
    }

    [Fact]
    public void Process_that_is_bound_to_a_lent_core_wants_it()
    {
        var wanting = new NeighborProcess(12, "lammps", [5, 6]);

        Assert.Null(LentCores.FindConflict([7], Eight, [Everywhere, wanting]));
        Assert.Equal(wanting, LentCores.FindConflict([6, 7], Eight, [Everywhere, wanting]));
    }
}
