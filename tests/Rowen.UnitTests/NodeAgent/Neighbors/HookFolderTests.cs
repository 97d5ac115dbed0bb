using Rowen.NodeAgent.Neighbors;
using Rowen.Protocol.Errors;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.NodeAgent.Neighbors;

public sealed class HookFolderTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly HookFolder _hooks;

    public HookFolderTests() => _hooks = new HookFolder(_scratch.Combine("hooks"));

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Job_is_on_the_node_from_its_prolog_to_its_epilog()
    {
        Assert.Empty(_hooks.Jobs());
        _hooks.End("11"); // began before there were hooks
        _hooks.Begin("12");
        _hooks.Begin("12"); // a prolog that Slurm repeats
        _hooks.Begin("13");
        Assert.Equal(["12", "13"], _hooks.Jobs().Order(StringComparer.Ordinal));

        _hooks.End("12");
        _hooks.End("12");
        Assert.Equal(["13"], _hooks.Jobs());
    }

    [Fact]
    public void Agent_says_for_which_jobs_it_has_made_way_and_takes_it_back_when_they_are_over()
    {
        using IDisposable claim = _hooks.Claim();
        _hooks.MakeWay(["12", "13"]);
        Assert.True(_hooks.HasMadeWay("12"));

        _hooks.MakeWay(["13"]);

        Assert.False(_hooks.HasMadeWay("12"));
        Assert.True(_hooks.HasMadeWay("13"));
    }

    [Fact]
    public void Agent_is_there_as_long_as_it_lives_and_there_is_one()
    {
        Assert.False(_hooks.HasAgent());
        using (_hooks.Claim())
        {
            Assert.True(_hooks.HasAgent());
            Assert.Equal(ErrorCode.StateFolderInUse, Assert.Throws<RowenException>(_hooks.Claim).Code);
        }

        Assert.False(_hooks.HasAgent());
    }

    [Fact]
    public void What_the_agent_writes_nobody_else_can_open_and_hold()
    {
        using IDisposable claim = _hooks.Claim();
        _hooks.MakeWay(["12"]);
        string agent = _scratch.Combine("hooks/agent");

        foreach (string file in Directory.EnumerateFiles(agent))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        using FileStream held = new(Path.Combine(agent, "12"), FileMode.Open, FileAccess.Read, FileShare.None);
        _hooks.MakeWay(["12"]); // nor would that end it
        Assert.Equal(2, Directory.EnumerateFiles(agent).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("../12")]
    [InlineData("12.0")]
    [InlineData("lock")]
    [InlineData("123456789012345678901")]
    public void What_is_no_number_of_a_job_names_no_file(string job)
    {
        Assert.Throws<ArgumentException>(() => _hooks.Begin(job));
        Assert.Throws<ArgumentException>(() => _hooks.End(job));
        Assert.Throws<ArgumentException>(() => _hooks.HasMadeWay(job));
    }
}
