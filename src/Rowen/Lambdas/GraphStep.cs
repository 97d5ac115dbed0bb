using System.Globalization;
using System.Reflection;

namespace Rowen.Lambdas;

/// <summary>From one object to what it holds. The default is a step that nobody sees.</summary>
/// <param name="Field">The field; null if it is an element.</param>
/// <param name="Number">The element's place, from 1; 0 where nothing is worth saying.</param>
/// <param name="Within">Steps through values that hold it, before; null for none.</param>
internal readonly record struct GraphStep(FieldInfo? Field, long Number = 0, string? Within = null)
{
    public override string ToString()
    {
        string name = Field is null ? string.Empty : MemberNames.Of(Field);
        string own = name.Length > 0 ? $".{name}"
            : Number > 0 ? $"[{(Number - 1).ToString(CultureInfo.InvariantCulture)}]"
            : string.Empty;
        return Within + own;
    }
}
