using System.Globalization;
using System.Text.RegularExpressions;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Bindings;

/// <summary>bindings/c/rowen.h repeats numbers of ours, because C cannot read C#.</summary>
public sealed partial class HeaderTests
{
    [Fact]
    public void Codes_of_the_header_are_those_of_the_cluster()
    {
        string header = File.ReadAllText(Path.Combine(Repository(), "bindings", "c", "rowen.h"));
        Dictionary<string, int> named = Code().Matches(header)
            .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

        Dictionary<string, int> known = Enum.GetValues<ErrorCode>().Where(code => code != ErrorCode.None)
            .ToDictionary(code => Boundary().Replace(code.ToString(), "_").ToUpperInvariant(), code => (int)code);

        Assert.Equal(known, named.Where(code => code.Value >= 100).ToDictionary());
        Assert.Equal(
            new Dictionary<string, int> { ["OK"] = 0, ["AGAIN"] = 1, ["BAD_ARGUMENT"] = 2, ["FORKED"] = 3, ["DONE"] = 4, ["NO_OBJECT"] = 5 },
            named.Where(code => code.Value < 100).ToDictionary());
    }

    [Fact]
    public void Module_of_Fortran_has_every_call_and_code_of_the_header()
    {
        string header = File.ReadAllText(Path.Combine(Repository(), "bindings", "c", "rowen.h"));
        string module = File.ReadAllText(Path.Combine(Repository(), "bindings", "fortran", "rowen.f90"));

        Assert.Equal(Calls(CallOfC(), header), Calls(CallOfFortran(), module));
        Assert.Equal(Calls(AnyCode(), header), Calls(AnyCode(), module));
    }

    private static string[] Calls(Regex pattern, string text) => [.. pattern.Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rowen.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex(@"^    ROWEN_([A-Z_]+) = (\d+)", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\b(ROWEN_[A-Z_]+ = \d+)")]
    private static partial Regex AnyCode();

    [GeneratedRegex(@"^\w[\w ]*[ *](rowen_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex CallOfC();

    [GeneratedRegex(@"^        (?:function|subroutine) (rowen_\w+)\(.*\) bind\(c\)$", RegexOptions.Multiline)]
    private static partial Regex CallOfFortran();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Boundary();
}
