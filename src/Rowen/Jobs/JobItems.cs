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

    /// <summary>SHA-256 of the file <c>items</c>.</summary>
    public string Hash { get; set; } = string.Empty;

    /// <summary>Where they came from, for people.</summary>
    public string Origin { get; set; } = string.Empty;
}
