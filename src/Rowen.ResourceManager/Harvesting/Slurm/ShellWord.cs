namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>A word as a shell takes it.</summary>
internal static class ShellWord
{
    private const string PlainSigns = "-_=/:,.%@+";

    /// <summary>As it is, or in quotes if a shell would make something of it.</summary>
    public static string Of(string word) => word.Length > 0 && word.All(IsPlain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || PlainSigns.Contains(letter, StringComparison.Ordinal);
}
