namespace Rowen.ObjectStorage;

/// <summary>What may be the name of an object.</summary>
internal static class ObjectName
{
    private const int MaxLength = 200;

    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaxLength || name.Any(letter => char.IsControl(letter) || char.IsSurrogate(letter)))
        {
            throw new ArgumentException($"The name of an object has 1 to {MaxLength} characters of the basic plane, none of them a control character.", nameof(name));
        }
    }

    /// <summary>Bytes from a stream's position to its end.</summary>
    public static long LengthOf(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.CanSeek ? content.Length - content.Position : throw new ArgumentException("The stream does not know its length.", nameof(content));
    }
}
