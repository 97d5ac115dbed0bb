namespace Rowen.Protocol.Executors;

/// <summary>How a command's processes are known, whoever their parent is: by a variable of their environment.</summary>
/// <remarks>Executors set it, and agents look for it once an executor has died. Its value is <c>FOLDER:NUMBER</c>.</remarks>
public static class CommandMark
{
    /// <summary>Name of the variable.</summary>
    public const string Variable = "ROWEN_COMMAND";

    /// <summary>The value for one command.</summary>
    /// <param name="temporaryFolder">The executor's own folder for temporary files: no other executor has the same.</param>
    /// <param name="number">The command's number in that executor.</param>
    public static string ValueFor(string temporaryFolder, long number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{temporaryFolder}:{number}");
}
