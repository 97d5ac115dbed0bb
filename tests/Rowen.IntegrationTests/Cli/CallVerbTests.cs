using System.Text.Json;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Cli;

/// <summary><c>rowen call</c> with every kind of input and result, on a real cluster.</summary>
public sealed class CallVerbTests : IDisposable
{
    private readonly PrivateHome _home = new();

    private static string Code => TestPackage.Code.Origin;

    [Fact]
    public async Task Numbers_and_arrays_of_them_are_typed_and_shown_as_text()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished several = await CallAsync("TwiceLater", "--input", "21", "--input", "-3");
        Finished array = await CallAsync("SumOfSpan", "--input", "[1, 2.5]", "--output", "json");
        Finished raw = await CallAsync("Answer", "--raw");
        Finished wrong = await CallAsync("TwiceLater", "--input", "1", "--input", "3.5");
        Finished missing = await CallAsync("TwiceLater");
        Finished surplus = await CallAsync("Answer", "--input", "1");
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Equal("42\n-6\n", several.Output);
        Assert.Equal("3.5", JsonDocument.Parse(array.Output).RootElement.GetProperty("text").GetString());
        Assert.Equal("*\0\0\0", raw.Output);
        Assert.Equal((1, string.Empty), (wrong.ExitCode, wrong.Output));
        Assert.Contains("'3.5' is no System.Int32, which 'TwiceLater' takes. One looks like 42", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("takes a System.Int32, and none was given", missing.Error, StringComparison.Ordinal);
        Assert.Contains("'Answer' takes no input", surplus.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_function_throws_is_told_with_its_stack_and_what_is_no_result_as_null()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        string endless = Path.Combine(_home.Home, "endless");
        await using (FileStream file = File.Create(endless))
        {
            file.SetLength((1L << 30) + 1); // a hole
        }

        Finished thrown = await CallAsync("Throw", "--input", "5", "--verbose");
        Finished thrownAsJson = await CallAsync("Throw", "--input", "5", "--output", "json");
        Finished none = await CallAsync("None");
        Finished tooLarge = await CallAsync("Echo", "--input-file", endless);
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Contains("IllBehaved.Throw", thrown.Error, StringComparison.Ordinal);
        Assert.Contains("IllBehaved.Throw", JsonDocument.Parse(thrownAsJson.Output).RootElement.GetProperty("remoteStack").GetString(), StringComparison.Ordinal);
        Assert.Equal("null\n", none.Output);
        Assert.Contains("has more than 1 GiB", tooLarge.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private Task<Finished> CallAsync(params IEnumerable<string> arguments) => _home.RowenAsync(["call", "--code", Code, .. arguments]);
}
