using System.Runtime.InteropServices;
using Rowen.Functions.ReadyToRun;

namespace Rowen.UnitTests.Functions.ReadyToRun;

public sealed class AssemblyFileTests
{
    [Fact]
    public void Assembly_as_the_SDK_builds_it_has_something_to_compile() => Assert.Equal(
        new AssemblyFile(IsManaged: true, IsUncompiled: true), AssemblyFile.Read(typeof(AssemblyFileTests).Assembly.Location));

    [Fact]
    public void Assembly_of_the_framework_is_compiled() => Assert.Equal(
        new AssemblyFile(IsManaged: true, IsUncompiled: false), AssemblyFile.Read(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "System.Linq.dll")));

    [Theory]
    [InlineData("libcoreclr.so")]
    [InlineData("Microsoft.NETCore.App.deps.json")]
    public void What_is_no_assembly_is_left_alone(string file) =>
        Assert.Equal(default, AssemblyFile.Read(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), file)));
}
