using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.CodePackages;

/// <summary>The file <c>rowen.functions</c> of a package: which symbols of which native libraries are functions.</summary>
/// <remarks>
/// C symbols carry no types: calling one that has another signature corrupts memory, so that only those that their author
/// has named are called. A line is <c>native libfoo.so: f, g</c>, or begins with <c>#</c>, or is empty.
/// </remarks>
internal static class NativeFunctionList
{
    private const string Prefix = "native ";

    /// <summary>The libraries and their functions.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.PackageUnusable"/>: a line is neither.</exception>
    public static List<(string Library, string[] Functions)> Parse(string text)
    {
        var list = new List<(string Library, string[] Functions)>();
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                list.Add(ParseLine(line, number));
            }
        }

        return list;
    }

    private static (string Library, string[] Functions) ParseLine(string line, int number)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (!line.StartsWith(Prefix, StringComparison.Ordinal) || colon < 0)
        {
            throw Unusable(number, line);
        }

        string library = line[Prefix.Length..colon].Trim();
        string[] functions = line[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        bool isComplete = functions.All(name => name.Length > 0) && CodePackagePath.FindFault(library) is null;
        return isComplete ? (library, functions) : throw Unusable(number, line);
    }

    private static RowenException Unusable(int number, string line) => new(
        ErrorCode.PackageUnusable,
        $"Line {number} of {CodePackageNames.NativeFunctions} is '{line}', but should look like 'native libfoo.so: f, g'.");
}
