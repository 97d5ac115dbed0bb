using System.Globalization;

namespace Rowen.UnitTests.Simulation;

public sealed class ControlPlaneSimulationTests
{
    private const int SeedCount = 2000;

    [Fact]
    public void Leases_stay_exclusive_and_none_is_lost_in_two_thousand_minutes_of_faults()
    {
        int grants = 0;
        for (int seed = 1; seed <= SeedCount; seed++)
        {
            grants += Run(seed, new SimulationOptions { HasNetworkFaults = HasNetworkFaults(seed) });
        }

        Assert.True(grants > 10 * SeedCount, string.Create(CultureInfo.InvariantCulture, $"only {grants} leases were granted"));
    }

    /// <summary>While the three that stay, and the manager, die and come back.</summary>
    [Fact]
    public void Thousand_agents_join_at_once_and_leave_within_two_seconds_and_no_other_lease_is_lost()
    {
        int grants = Run(seed: 4, new SimulationOptions { HasNetworkFaults = false, PassingAgents = 1_000 });

        Assert.True(grants > 1_000, string.Create(CultureInfo.InvariantCulture, $"only {grants} leases were granted"));
    }

    [Fact]
    public void Simulation_sees_a_margin_that_is_missing() => AssertSeen(new SimulationOptions { Margin = TimeSpan.Zero });

    [Fact]
    public void Simulation_sees_answers_that_were_not_saved() =>
        AssertSeen(new SimulationOptions { AnswersBeforeSaving = true });

    [Fact]
    public void Same_seed_gives_the_same_minute()
    {
        var options = new SimulationOptions();

        Assert.Equal(Run(seed: 7, options), Run(seed: 7, options));
    }

    /// <summary>In every fourth minute only processes die: there the causes of each loss are checked more strictly.</summary>
    private static bool HasNetworkFaults(int seed) => seed % 4 != 0;

    private static int Run(int seed, SimulationOptions options)
    {
        var simulation = new ControlPlaneSimulation(seed, options);
        try
        {
            simulation.Run();
        }
        catch (SimulationFailedException)
        {
            new ControlPlaneSimulation(seed, options with { KeepsLog = true }).Run(); // fails again, with its last events
            throw;
        }

        return simulation.GrantCount;
    }

    /// <summary>A safeguard is taken away: some seed must notice.</summary>
    private static void AssertSeen(SimulationOptions options)
    {
        bool isSeen = false;
        for (int seed = 1; seed <= SeedCount && !isSeen; seed++)
        {
            try
            {
                new ControlPlaneSimulation(seed, options with { HasNetworkFaults = HasNetworkFaults(seed) }).Run();
            }
            catch (SimulationFailedException)
            {
                isSeen = true;
            }
        }

        Assert.True(isSeen, $"{SeedCount} seeds passed with {options}");
    }
}
