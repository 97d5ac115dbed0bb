using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rowen.Executor.Lambdas;

/// <summary>Objects that a few texts make.</summary>
internal static class ParsedObjects
{
    [SuppressMessage("Design", "MA0009", Justification = "The time-out is the one that the caller's has.")]
    public static object Make(string[] texts) => texts switch
    {
        ["uri", var text, var kind] => new Uri(text, kind == "absolute" ? UriKind.Absolute : UriKind.Relative),
        ["regex", var pattern, var options, var ticks] =>
            new Regex(pattern, (RegexOptions)Number(options) & ~RegexOptions.Compiled, TimeSpan.FromTicks(Number(ticks))),
        ["culture", var name] => CultureInfo.GetCultureInfo(name),
        ["encoding", var page, var mark, var throws] => MakeEncoding((int)Number(page), mark.Length > 0, throws.Length > 0),
        ["zone", var zone] => TimeZoneInfo.FromSerializedString(zone),
        ["comparer", var name, var options] => StringComparer.Create(CultureInfo.GetCultureInfo(name), (CompareOptions)Number(options)),
        _ => throw GraphNames.Damaged($"an object of {texts.Length} texts"),
    };

    private static Encoding MakeEncoding(int page, bool hasMark, bool throws) => page == Encoding.UTF8.CodePage
        ? new UTF8Encoding(hasMark, throws)
        : throws
            ? Encoding.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
            : Encoding.GetEncoding(page);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
