using System.Net;
using Rowen.Fabric.Libfabric;
using Rowen.Fabric.Libfabric.Binding;

namespace Rowen.UnitTests.Fabric.Libfabric;

public sealed unsafe class LibfabricOfferTests
{
    private readonly LibfabricLibrary _library = LibfabricLibrary.Load();

    [Fact]
    public void Reliable_datagrams_over_TCP_are_there_and_shared_memory_is_not()
    {
        using LibfabricOffer offer = LibfabricOffer.Find(_library, new OfiOptions(), IPAddress.Loopback);

        Assert.Contains("tcp;ofi_rxm", offer.Names);
        Assert.DoesNotContain(offer.Names, name => name.Contains("shm", StringComparison.Ordinal));
        Assert.Equal(Fi.EpRdm, offer.InfoOf("tcp;ofi_rxm")->EpAttr->Type);
    }

    [Fact]
    public void Authorization_key_is_in_what_the_domain_is_opened_with()
    {
        var options = new OfiOptions { LibfabricProvider = "tcp;ofi_rxm", AuthorizationKey = new byte[] { 1, 2, 3, 4, 5, 6 } };

        using LibfabricOffer offer = LibfabricOffer.Find(_library, options, IPAddress.Loopback);

        FiDomainAttr* domain = offer.InfoOf("tcp;ofi_rxm")->DomainAttr;
        Assert.Equal([1, 2, 3, 4, 5, 6], new ReadOnlySpan<byte>(domain->AuthKey, (int)domain->AuthKeySize).ToArray());
    }

    [Fact]
    public void Provider_that_is_not_there_is_an_error_with_its_name()
    {
        IOException exception = Assert.Throws<IOException>(
            () => LibfabricOffer.Find(_library, new OfiOptions { LibfabricProvider = "nowhere" }, IPAddress.Loopback).Dispose());

        Assert.Equal(
            "libfabric has no provider 'nowhere' to communicate from 127.0.0.1: see fi_info -t FI_EP_RDM.", exception.Message);
    }
}
