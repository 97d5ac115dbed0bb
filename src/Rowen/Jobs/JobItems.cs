using Rowen.Commands;

namespace Rowen.Jobs;

/// <summary>What the items of a job are.</summary>
internal sealed record JobItems
{
    public long Count { get; set; }

    /// <summary>True: the items are the numbers from <see cref="First"/> on. False: they are in the file <c>items</c>.</summary>
    public bool IsRange { get; set; }

    public long First { get; set; }

    /// <summary>Whether items are text, to be read as values of the function's type; otherwise they are payloads.</summary>
    public bool AreText { get; set; }

    /// <summary>Whether texts that look like JSON objects are such, and their fields parts of a command.</summary>
    public bool AreJson { get; set; }

    /// <summary>SHA-256 of the file <c>items</c>.</summary>
    public string Hash { get; set; } = string.Empty;

    /// <summary>Where they came from, for people.</summary>
    public string Origin { get; set; } = string.Empty;

    /// <summary>What an item that is text puts into a command.</summary>
    public ItemValues ToValues(long position, string text) =>
        AreJson ? ItemValues.OfJsonText(position, text) : ItemValues.OfText(position, text);
}
