using Rowen.Leasing;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Client;

public sealed class RenewalTableTests
{
    private static readonly LeaseId First = new(1);
    private static readonly LeaseId Second = new(2);
    private readonly RenewalTable _table = new();

    [Fact]
    public void Nothing_is_to_be_done_without_leases() => Assert.Equal(RenewalStep.Nothing, _table.Next(Seconds(5)));

    [Fact]
    public void Lease_is_renewed_at_a_third_of_its_duration()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(10));

        Assert.Equal(new RenewalStep(First, Seconds(30), RenewalAct.Renew, Seconds(2)), _table.Next(Seconds(10)));
    }

    [Fact]
    public void Nearest_lease_comes_first()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));
        _table.Add(Second, Seconds(6), askedAt: Seconds(0));

        Assert.Equal(new RenewalStep(Second, Seconds(2), RenewalAct.Renew, Seconds(1.5)), _table.Next(Seconds(0)));
    }

    [Fact]
    public void Renewal_counts_from_the_moment_it_was_asked()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));

        _table.Renewed(First, Seconds(30), askedAt: Seconds(20));

        Assert.Equal(Seconds(30), _table.Next(Seconds(21)).DueAt);
    }

    [Fact]
    public void Failed_renewal_is_tried_again_within_a_second_and_sooner_for_short_leases()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));
        _table.Failed(First, Seconds(20));
        Assert.Equal(Seconds(21), _table.Next(Seconds(20)).DueAt);

        _table.Remove(First);
        _table.Add(Second, Seconds(3), askedAt: Seconds(20));
        _table.Failed(Second, Seconds(21));
        Assert.Equal(Seconds(21.3), _table.Next(Seconds(21)).DueAt);
    }

    [Fact]
    public void Lease_that_could_not_be_renewed_in_time_is_over()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));
        _table.Failed(First, Seconds(59.5));

        Assert.Equal(new RenewalStep(First, Seconds(60), RenewalAct.Renew, Seconds(0.4)), _table.Next(Seconds(59.6)));
        Assert.Equal(RenewalAct.Expire, _table.Next(Seconds(60)).Act);
    }

    [Fact]
    public void Lease_that_was_given_back_meanwhile_stays_given_back()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));
        _table.Remove(First);

        _table.Renewed(First, Seconds(60), askedAt: Seconds(20));
        _table.Failed(First, Seconds(20));

        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Lease_that_is_renewed_can_be_counted_on_and_another_for_what_is_left_of_it()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0));
        bool beforeAnyRenewal = _table.Outlasts(First, Seconds(3600), Seconds(59));
        _table.Failed(First, Seconds(20));

        Assert.True(beforeAnyRenewal);
        Assert.Equal((true, false), (_table.Outlasts(First, Seconds(40), Seconds(20)), _table.Outlasts(First, Seconds(40), Seconds(20.1))));

        _table.Renewed(First, Seconds(60), askedAt: Seconds(30));

        Assert.True(_table.Outlasts(First, Seconds(3600), Seconds(80)));
        Assert.False(_table.Outlasts(Second, Seconds(0), Seconds(0)));
    }

    [Fact]
    public void Lease_whose_node_ends_is_too_short_for_what_takes_longer()
    {
        _table.Add(First, Seconds(60), askedAt: Seconds(0), remaining: Seconds(59));
        bool isShortAtFirst = _table.IsTooShort(First, Seconds(50), Seconds(30));
        _table.Renewed(First, Seconds(60), askedAt: Seconds(40), remaining: Seconds(45));

        Assert.False(isShortAtFirst); // a second is what the answer took
        Assert.Equal((true, false), (_table.Outlasts(First, Seconds(45), Seconds(40)), _table.Outlasts(First, Seconds(45), Seconds(41))));
        Assert.Equal((false, true), (_table.IsTooShort(First, Seconds(45), Seconds(40)), _table.IsTooShort(First, Seconds(45), Seconds(41))));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
