using Rowen.Fabric;

namespace Rowen.UnitTests.Fabric;

public sealed class FabricOfferTests
{
    [Fact]
    public void Fast_network_comes_before_TCP()
    {
        FabricOffer offer = FabricOffer.Across(whyNotLibfabric: null);

        Assert.Equal(["ofi", "tcp"], offer.Names);
        Assert.Equal(["shm: the other end is on another machine"], offer.WhyNotFaster);
    }

    [Fact]
    public void Without_a_fast_network_TCP_is_left_and_the_reasons_are_told()
    {
        FabricOffer offer = FabricOffer.Across("no adapter that needs it");

        Assert.Equal(["tcp"], offer.Names);
        Assert.Equal(["shm: the other end is on another machine", "ofi: no adapter that needs it"], offer.WhyNotFaster);
    }

    [Fact]
    public void Within_one_machine_shared_memory_comes_first_and_nothing_is_faster()
    {
        FabricOffer offer = FabricOffer.ForPeer(isSameHost: true);

        Assert.Equal("shm", offer.Names[0]);
        Assert.Empty(offer.WhyNotFaster);
    }

    [Fact]
    public void Libfabric_that_has_failed_is_not_offered_again()
    {
        FabricOffer offer = FabricOffer.Across(whyNotLibfabric: null).WithoutLibfabric("no write reached the peer");

        Assert.Equal(["tcp"], offer.Names);
        Assert.Equal("ofi: no write reached the peer", offer.WhyNotFaster[^1]);
    }

    [Fact]
    public void Only_what_was_offered_is_used()
    {
        FabricOffer offer = FabricOffer.Across(whyNotLibfabric: null);

        Assert.Equal("tcp", offer.ProviderOrNone("tcp")?.Name);
        Assert.Equal("ofi", offer.ProviderOrNone("ofi")?.Name);
        Assert.Null(offer.ProviderOrNone("shm"));
        Assert.Null(FabricOffer.Only("tcp").ProviderOrNone("ofi"));
        Assert.Equal("ofi", FabricOffer.Only("ofi").ProviderOrNone("ofi")?.Name);
    }

    [Fact]
    public void Machine_describes_itself_with_the_reason()
    {
        Assert.Equal("shm, ofi, tcp", FabricOffer.Describe(whyNotLibfabric: null));
        Assert.Equal("shm, tcp (not ofi: no adapter that needs it)", FabricOffer.Describe("no adapter that needs it"));
    }
}
