using Rowen.NodeAgent.Neighbors;

namespace Rowen.UnitTests.NodeAgent.Neighbors;

public sealed class NeighborProcessesTests
{
    [Theory]
    [InlineData("PATH=/bin\0SLURM_JOB_ID=12\0SLURM_STEP_ID=0\0", true)]
    [InlineData("SLURM_JOB_ID=12\0", true)] // the batch script
    [InlineData("SLURM_JOB_ID=12\0SLURM_STEP_ID=3\0", false)] // of our own step
    [InlineData("SLURM_JOB_ID=123\0SLURM_STEP_ID=0\0", false)]
    [InlineData("PATH=/bin\0", false)] // as executors have it
    [InlineData("", false)]
    public void Processes_of_the_job_are_told_by_their_variables(string environment, bool isOfJob) =>
        Assert.Equal(isOfJob, NeighborProcesses.IsOfJob(environment, "12", ownStep: "3"));

    [Fact]
    public void Process_is_read_from_its_status()
    {
        NeighborProcess? process = NeighborProcesses.ParseOrNone(7, "Name:\tlmp mpi\nUmask:\t0022\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1,4\nMems_allowed:\t1\n");

        Assert.NotNull(process);
        Assert.Equal("lmp mpi", process.Name);
        Assert.Equal([0, 1, 4], process.Cores);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Name:\tx\n")]
    [InlineData("Cpus_allowed_list:\tmany\n")]
    public void One_that_is_gone_or_says_nothing_is_none(string? status) => Assert.Null(NeighborProcesses.ParseOrNone(7, status));
}
