using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class JobOfferTests
{
    [Theory]
    [InlineData("rowen:cores=4,memory=8G", 4, 8L << 30, BoundBy.Unknown)]
    [InlineData("rowen:memory=512M,cores=1", 1, 512L << 20, BoundBy.Unknown)]
    [InlineData("night run; rowen:cores=2,memory=65536K,bound=network see wiki", 2, 64L << 20, BoundBy.Network)]
    [InlineData("rowen:cores=2,memory=100,bound=memory", 2, 100L << 20, BoundBy.Memory)]
    public void Offer_is_found_among_other_words(string comment, int cores, long memory, BoundBy bound) =>
        Assert.Equal(new JobOffer(cores, memory, bound), JobOffer.ParseOrNone(comment));

    [Theory]
    [InlineData("")]
    [InlineData("(null)")]
    [InlineData("rowen:pilot")]
    [InlineData("rowen:")]
    [InlineData("rowen:cores=4")]
    [InlineData("rowen:memory=4G")]
    [InlineData("rowen:cores=0,memory=4G")]
    [InlineData("rowen:cores=-1,memory=4G")]
    [InlineData("rowen:cores=4,memory=1M")]
    [InlineData("rowen:cores=4,memory=99999999T")]
    [InlineData("rowen:cores=4,memory=99999999999999999999G")]
    [InlineData("rowen:cores=4,memory=4GG")]
    [InlineData("rowen:cores=4,memory=G")]
    [InlineData("rowen:cores=99999999999,memory=4G")]
    [InlineData("rowen:cores=4,memory=4G,bound=luck")]
    [InlineData("rowen:cores=4,memory=4G,core=5")]
    [InlineData("rowen:cores=4,memory=4G,cores=5")]
    [InlineData("rowen:cores=4,memory=4G,")]
    [InlineData("rowen:cores=4,memory=4G rowen:cores=8,memory=4G")]
    [InlineData("xrowen:cores=4,memory=4G")]
    [InlineData("ROWEN:cores=4,memory=4G")]
    [InlineData("rowen:cores=$(reboot),memory=4G")]
    public void What_is_not_in_the_form_to_the_letter_offers_nothing(string comment) => Assert.Null(JobOffer.ParseOrNone(comment));
}
