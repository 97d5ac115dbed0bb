using System.Globalization;
using Rowen.Functions;

namespace Rowen;

/// <summary>How a job runs. Every value has a default that suits a first try.</summary>
public sealed record JobOptions
{
    /// <summary>What people see in <c>rowen jobs</c>.</summary>
    /// <value>Empty: the function's name. At most 200 letters.</value>
    public string Name { get; init; } = string.Empty;

    /// <summary>How many cores to lease.</summary>
    /// <value>0: every free core, but no more than items. At least one is waited for.</value>
    public int Cores { get; init; }

    /// <summary>How much memory the functions on each lease may use, in bytes.</summary>
    /// <value>0: the node's share for the leased cores.</value>
    public long MemoryBytes { get; init; }

    /// <summary>How long one item may take, from its start.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Deadline { get; init; }

    /// <summary>The functions; null: the folder of the function's own assembly. They are copied.</summary>
    public CodePackage? Code { get; init; }

    /// <summary>The folder for jobs.</summary>
    /// <value>Null: <c>ROWEN_JOBS</c>, else <c>~/.rowen/jobs</c>.</value>
    public string? JobsFolder { get; init; }

    /// <summary>The <c>rowen</c> command, or its folder.</summary>
    /// <value>Null: beside this program, else on the <c>PATH</c>.</value>
    public string? RowenPath { get; init; }

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Require(Name.Length <= 200, nameof(Name), Name, "at most 200 letters");
        Require(Cores is >= 0 and <= 1_000_000, nameof(Cores), Cores, "0 to 1,000,000");
        Require(MemoryBytes >= 0, nameof(MemoryBytes), MemoryBytes, "0 or more");
        Require(
            Deadline == default || (Deadline >= TimeSpan.FromMilliseconds(1) && Deadline <= TimeSpan.FromDays(49)),
            nameof(Deadline),
            Deadline,
            "zero, or 1 ms to 49 days");
    }

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"JobOptions.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
