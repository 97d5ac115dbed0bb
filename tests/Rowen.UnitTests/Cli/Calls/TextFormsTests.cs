using Rowen.Cli.Calls;

namespace Rowen.UnitTests.Cli.Calls;

public sealed class TextFormsTests
{
    [Theory]
    [InlineData("System.Double", "3.5", "0000000000000C40", "3.5")]
    [InlineData("System.Double", "-1e-3", "FCA9F1D24D6250BF", "-0.001")]
    [InlineData("System.Double", "NaN", "000000000000F8FF", "NaN")]
    [InlineData("System.Double", "-Infinity", "000000000000F0FF", "-Infinity")]
    [InlineData("System.Single", "0.1", "CDCCCC3D", "0.1")]
    [InlineData("System.Int32", " 42 ", "2A000000", "42")]
    [InlineData("System.Int32", "1e3", "E8030000", "1000")]
    [InlineData("System.Byte", "255", "FF", "255")]
    [InlineData("System.Int64", "-1", "FFFFFFFFFFFFFFFF", "-1")]
    [InlineData("System.UInt128", "1", "01000000000000000000000000000000", "1")]
    [InlineData("System.Boolean", "TRUE", "01", "true")]
    [InlineData("System.Char", "ß", "DF00", "ß")]
    [InlineData("System.Double[]", "[]", "", "[]")]
    [InlineData("System.Int16[]", "[1,-2, 3]", "0100FEFF0300", "[1, -2, 3]")]
    [InlineData("System.Single[]", "[0.5, \"NaN\"]", "0000003F0000C0FF", "[0.5, \"NaN\"]")]
    [InlineData("System.Boolean[]", "[true,false]", "0100", "[true, false]")]
    [InlineData("System.Char[]", "[\"x\",\"\\\"\"]", "78002200", "[\"x\", \"\\u0022\"]")]
    public void Text_becomes_the_memory_of_a_value_and_memory_its_text(string type, string typed, string memory, string shown)
    {
        TextForm form = TextForms.Find(type)!;

        Assert.Equal(memory, Convert.ToHexString(form.ParseOrNone(typed)!));
        Assert.Equal(shown, form.FormatOrNone(Convert.FromHexString(memory)));
    }

    [Theory]
    [InlineData("System.Double", "")]
    [InlineData("System.Double", "three")]
    [InlineData("System.Double", "3,5")]
    [InlineData("System.Double", "1e999")]
    [InlineData("System.Double", "[3.5]")]
    [InlineData("System.Int32", "3.5")]
    [InlineData("System.Int32", "2147483648")]
    [InlineData("System.UInt32", "-1")]
    [InlineData("System.Boolean", "1")]
    [InlineData("System.Char", "xy")]
    [InlineData("System.Double[]", "")]
    [InlineData("System.Double[]", "3.5")]
    [InlineData("System.Double[]", "[3.5")]
    [InlineData("System.Double[]", "[[3.5]]")]
    [InlineData("System.Double[]", "[null]")]
    [InlineData("System.Int32[]", "[1, 2.5]")]
    public void Text_that_is_no_value_of_the_type_is_refused(string type, string text) =>
        Assert.Null(TextForms.Find(type)!.ParseOrNone(text));

    [Theory]
    [InlineData("System.Double", 7)]
    [InlineData("System.Double", 16)]
    [InlineData("System.Double", 0)]
    [InlineData("System.Double[]", 12)]
    public void Memory_of_another_length_has_no_text(string type, int length) =>
        Assert.Null(TextForms.Find(type)!.FormatOrNone(new byte[length]));

    [Theory]
    [InlineData("bytes")]
    [InlineData("nothing")]
    [InlineData("System.String")]
    [InlineData("System.Byte[]")]
    [InlineData("System.String[]")]
    [InlineData("Rowen.TestFunctions.Pair")]
    public void What_travels_as_text_or_as_bytes_anyway_has_no_form_of_its_own(string type) => Assert.Null(TextForms.Find(type));

    [Fact]
    public void Every_example_is_a_value_of_its_type()
    {
        string[] types = ["System.Double", "System.Half", "System.Decimal", "System.SByte", "System.Int128", "System.Char"];

        Assert.All(types, type =>
        {
            Assert.NotNull(TextForms.Find(type)!.ParseOrNone(TextForms.Find(type)!.Example.Split(' ')[0]));
            Assert.NotNull(TextForms.Find($"{type}[]")!.ParseOrNone(TextForms.Find($"{type}[]")!.Example));
        });
    }
}
