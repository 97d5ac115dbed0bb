using System.Text;
using System.Text.RegularExpressions;

namespace Rowen.Commands;

/// <summary>Arguments with places for what differs from item to item: <c>{item}</c>, <c>{index}</c>, and the fields of a JSON object.</summary>
/// <remarks>
/// What is put in is never looked at again: no shell parses it, and braces in it mean nothing. <c>{{</c> and <c>}}</c> around a name
/// stand for braces. Anything else in braces, such as awk's <c>{print $1}</c>, stays as it is.
/// </remarks>
internal sealed partial class CommandTemplate(IReadOnlyList<string> arguments)
{
    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>Whether anything differs from item to item.</summary>
    public bool HasPlaces => arguments.Any(argument => Places().Matches(argument).Any(place => !IsEscaped(place)));

    /// <summary>The arguments for one item.</summary>
    /// <exception cref="ArgumentException">A place names what the item does not have.</exception>
    public IReadOnlyList<string> Expand(ItemValues values) => [.. arguments.Select(argument => Expand(argument, values))];

    /// <summary>The same for one text.</summary>
    public static string Expand(string text, ItemValues values)
    {
        var result = new StringBuilder();
        int at = 0;
        foreach (Match place in Places().Matches(text))
        {
            result.Append(text, at, place.Index - at);
            result.Append(IsEscaped(place) ? place.Value[1..^1] : values.Get(place.Groups["name"].Value));
            at = place.Index + place.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static bool IsEscaped(Match place) => place.Value.StartsWith("{{", StringComparison.Ordinal);

    [GeneratedRegex(@"\{\{[A-Za-z_][A-Za-z0-9_.-]*\}\}|\{(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Places();
}
