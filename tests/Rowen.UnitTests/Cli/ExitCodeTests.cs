using Rowen.Cli.Output;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Cli;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(ErrorCode.None, 0)]
    [InlineData(ErrorCode.CapacityExhausted, 1)]
    [InlineData(ErrorCode.BadClusterFile, 3)]
    [InlineData(ErrorCode.ManagerUnreachable, 3)]
    [InlineData(ErrorCode.FunctionFailed, 4)]
    [InlineData(ErrorCode.Unknown, 5)]
    public void Exit_code_says_whose_fault_it_is(ErrorCode error, int expected) => Assert.Equal(expected, ExitCode.Of(error));
}
