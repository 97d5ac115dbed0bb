using System.CommandLine.Parsing;
using System.Globalization;

namespace Rowen.Cli.Verbs;

/// <summary>Reads options that take a whole number: a wrong one is told with the range, and before anything is tried.</summary>
internal static class NumberRange
{
    /// <summary>The number; null, and an error of the command line, if it is none or out of range.</summary>
    public static int? Parse(ArgumentResult result, int least, int most = int.MaxValue)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        string name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
        string range = most == int.MaxValue ? $"from {least}" : $"from {least} to {most}";
        result.AddError($"{name} takes a number {range}; '{text}' is none.");
        return null;
    }
}
