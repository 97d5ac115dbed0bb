using Rowen.Fabric.OperatingSystem;

namespace Rowen.UnitTests.Fabric.OperatingSystem;

public sealed class ProcessorListTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0-3,8\n", "0-3,8")]
    [InlineData("8,3,2,2,1", "1-3,8")]
    [InlineData("5-5,6", "5-6")]
    public void Lists_are_read_and_written_as_the_kernel_writes_them(string text, string expected)
    {
        Assert.True(ProcessorList.TryParse(text, out IReadOnlyList<int> processors));
        Assert.Equal(expected, ProcessorList.Format(processors));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("3-1")]
    [InlineData("1,,2")]
    [InlineData("0-99999999")]
    [InlineData("all")]
    [InlineData("1-2-3")]
    public void What_is_no_list_is_refused(string text)
    {
        Assert.False(ProcessorList.TryParse(text, out IReadOnlyList<int> processors));
        Assert.Empty(processors);
    }
}
