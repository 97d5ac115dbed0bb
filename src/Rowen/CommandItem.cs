using System.Globalization;
using Rowen.Protocol.Executors;

namespace Rowen;

/// <summary>One run of a program on a leased core: what to run, with what, and what to bring back.</summary>
/// <remarks>No shell is involved: arguments reach the program as they are. Immutable.</remarks>
public sealed record CommandItem
{
    /// <summary>The longest that a command may be given: a year.</summary>
    private static readonly TimeSpan MaxTimeLimit = TimeSpan.FromDays(366);

    /// <summary>The program, then its arguments.</summary>
    /// <value>
    /// The program is an absolute path, a name that is looked for along the <c>PATH</c> of the command's environment, or a path with
    /// a slash that is relative to the working folder, such as <c>./simulate</c>.
    /// </value>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What it reads as standard input.</summary>
    /// <value>Empty: nothing, unless <see cref="InputPath"/> names a file.</value>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>A file on the executor's node that it reads as standard input.</summary>
    /// <value>Null: <see cref="Input"/>.</value>
    public string? InputPath { get; init; }

    /// <summary>Variables in addition to the base, or instead of one of it.</summary>
    /// <value>
    /// Empty. The base is the agent's <c>PATH</c>, <c>HOME</c>, <c>USER</c>, <c>LANG</c>, <c>LC_ALL</c>, <c>TZ</c> and
    /// <c>LD_LIBRARY_PATH</c>, a <c>TMPDIR</c> of its own, <c>OMP_NUM_THREADS</c>, <c>OPENBLAS_NUM_THREADS</c> and
    /// <c>MKL_NUM_THREADS</c> (<see cref="Cores"/>), <c>ROWEN_ITEM</c> (its index) and <c>ROWEN_COMMAND</c>. Names that begin with
    /// <c>ROWEN_</c> are Rowen's.
    /// </value>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder in which it starts: a path on the executor's node, such as one of the shared file system.</summary>
    /// <value>Null: an empty folder of its own, which is removed afterwards.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Files that are written into its working folder before it starts.</summary>
    public IReadOnlyList<CommandFile> FilesIn { get; init; } = [];

    /// <summary>Files of its working folder that come back with its result. If one is missing, the item has failed.</summary>
    public IReadOnlyList<string> FilesOut { get; init; } = [];

    /// <summary>How long it may run. Then it is asked to end (SIGTERM), and a second later killed with all that it has started.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to a year.</value>
    public TimeSpan TimeLimit { get; init; }

    /// <summary>How much of its output is kept, of standard output and standard error each. Of longer ones the first and the last half.</summary>
    /// <value>16 MiB; from 0 to 512 MiB.</value>
    public int MaxOutputBytes { get; init; } = 16 << 20;

    /// <summary>Cores that it may use, neighbors on one node: it is bound to them.</summary>
    /// <value>1; from 1 to 4,096. The lease must have as many.</value>
    public int Cores { get; init; } = 1;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">One cannot be; the message names it.</exception>
    internal void Check()
    {
        Require(Arguments is [{ Length: > 0 }, ..], "Arguments must begin with a program");
        foreach (string text in Arguments.Concat(Environment.Keys).Concat(Environment.Values).Append(WorkingFolder).Append(InputPath).OfType<string>())
        {
            Require(!text.Contains('\0', StringComparison.Ordinal), "a zero byte cannot be part of an argument, a variable or a path");
        }

        foreach (string name in Environment.Keys)
        {
            Require(name.Length > 0 && !name.Contains('=', StringComparison.Ordinal), $"'{name}' is no name of a variable");
            Require(!IsReserved(name), $"the variable {name} is Rowen's own");
        }

        foreach (string path in FilesIn.Select(file => file.Path).Concat(FilesOut))
        {
            Require(CommandFile.IsInside(path), $"'{path}' is no path below the working folder: relative, without '..'");
        }

        Require(WorkingFolder is null || Path.IsPathRooted(WorkingFolder), $"WorkingFolder must be absolute, not '{WorkingFolder}'");
        Require(
            TimeLimit == default || (TimeLimit >= TimeSpan.FromMilliseconds(1) && TimeLimit <= MaxTimeLimit),
            "TimeLimit must be zero, or 1 ms to a year");
        Require(MaxOutputBytes is >= 0 and <= 512 << 20, "MaxOutputBytes must be 0 to 512 MiB");
        Require(Cores is >= 1 and <= 4_096, "Cores must be 1 to 4096");
    }

    /// <summary>Whether only Rowen sets a variable.</summary>
    internal static bool IsReserved(string name) =>
        name.StartsWith("ROWEN_", StringComparison.Ordinal) || name == CommandMark.Variable;

    private void Require(bool isRight, string rule)
    {
        if (!isRight)
        {
            string what = Arguments is [{ } program, ..] ? program : "without a program";
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The command '{what}' cannot be: {rule}."));
        }
    }
}
