namespace Rowen.ObjectStorage;

/// <summary>What objects consist of, and so where they may be cut.</summary>
public enum Records
{
    /// <summary>Of bytes: parts have exactly the size that was asked for.</summary>
    Bytes,

    /// <summary>Of lines, each ended by <c>\n</c>; the last one need not be. <c>\r\n</c> ends a line as its <c>\n</c> does.</summary>
    Lines,

    /// <summary>
    /// Of records of comma-separated values (RFC 4180): lines, but a <c>\n</c> between quotes belongs to its field. Finding out which are costs a look at the
    /// objects that are cut, for quotes (see <see cref="ObjectSource.PartsAsync"/>). Where no field has a line break, <see cref="Lines"/> cuts at the same places, for nothing.
    /// </summary>
    Csv,
}
