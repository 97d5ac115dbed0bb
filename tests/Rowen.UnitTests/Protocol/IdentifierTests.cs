using System.Text.Json;
using Rowen.Protocol;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.UnitTests.Protocol;

public sealed class IdentifierTests
{
    [Fact]
    public void Identifiers_print_as_people_type_them()
    {
        Assert.Equal("L42", new LeaseId(42).ToString());
        Assert.Equal("N7", new NodeId(7).ToString());
        Assert.Equal(new LeaseId(42), LeaseId.Parse("L42", null));
        Assert.Equal(new NodeId(7), NodeId.Parse("N7", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("L")]
    [InlineData("L0")]
    [InlineData("L042")]
    [InlineData("L-1")]
    [InlineData("L+1")]
    [InlineData("L 1")]
    [InlineData("l1")]
    [InlineData("N1")]
    [InlineData("L18446744073709551616")]
    public void Each_lease_has_one_spelling(string text) => Assert.False(LeaseId.TryParse(text, null, out _));

    [Theory]
    [InlineData("abc")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("../../../../../../../../../../../../../../../../../../etc/passwd")]
    public void Package_names_are_64_lower_case_digits_and_nothing_else(string text) =>
        Assert.False(CodePackageId.TryParse(text, null, out _));

    [Fact]
    public void Json_holds_identifiers_as_text_and_none_as_nothing()
    {
        var view = new LeaseView { Id = new LeaseId(3), State = LeaseState.Waiting };

        using JsonDocument json = JsonDocument.Parse(ProtocolJson.Write(view));

        Assert.Equal("L3", json.RootElement.GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("node").ValueKind);
        Assert.Equal("Waiting", json.RootElement.GetProperty("state").GetString());
    }
}
