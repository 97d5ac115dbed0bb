using System.Globalization;
using System.Numerics;

namespace Rowen.Cli.Calls;

/// <summary>The text of a number, the same in every country: 3.5, -2, 1e9, NaN.</summary>
internal sealed class NumberText<T>(string example, string exampleOfArray) : ElementText<T>
    where T : unmanaged, INumberBase<T>, IMinMaxValue<T>
{
    public override string Example => string.Create(
        CultureInfo.InvariantCulture, $"{example} (from {T.MinValue} to {T.MaxValue})");

    public override string ExampleOfArray => exampleOfArray;

    // Without thousands' separators: half of the world would have 3,5 taken for 35.
    public override bool TryParse(string text, out T value) =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
        && !(T.IsInfinity(value) && text.Any(char.IsAsciiDigit)); // 1e999 is out of range, and not infinite

    public override string Format(T value) => value.ToString(null, CultureInfo.InvariantCulture);

    public override string FormatJson(T value) => T.IsFinite(value) ? Format(value) : $"\"{Format(value)}\"";
}
