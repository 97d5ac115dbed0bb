namespace Rowen.Cli.Runs;

/// <summary>Arguments as one would type them in a shell.</summary>
internal static class ShellText
{
    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%^";

    public static string Of(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote));

    private static string Quote(string argument) => argument.Length > 0 && argument.All(Plain.Contains)
        ? argument
        : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
