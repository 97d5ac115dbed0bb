using System.Globalization;

namespace Rowen.Cli.Output;

/// <summary>Sizes and times as people read and type them.</summary>
internal static class Units
{
    private static readonly string[] SizeNames = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>1536 → <c>1.5 KiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        double size = bytes;
        int unit = 0;
        for (; size >= 1024 && unit < SizeNames.Length - 1; unit++)
        {
            size /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {SizeNames[unit]}");
    }

    /// <summary>MiB times seconds: 5120 → <c>5 GiB·s</c>, from an hour of a GiB on <c>1 GiB·h</c>.</summary>
    public static string MemoryTime(long mebibyteSeconds) => mebibyteSeconds < 3_600 * 1024
        ? string.Create(CultureInfo.InvariantCulture, $"{mebibyteSeconds / 1024.0:0.##} GiB·s")
        : string.Create(CultureInfo.InvariantCulture, $"{mebibyteSeconds / 1024.0 / 3600:#,0.##} GiB·h");

    /// <summary>2500 → <c>2.5 s</c>.</summary>
    public static string Milliseconds(long milliseconds) => Duration(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>In the largest unit that leaves at least one whole.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalMilliseconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMicroseconds:0.0} µs"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.#} ms"),
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.##} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalHours:0.#} h"),
    };

    /// <summary>With a space between thousands.</summary>
    public static string Count(long count) => count.ToString("#,0", Spaced);

    /// <summary>1 → <c>1 core</c>, 2 → <c>2 cores</c>.</summary>
    public static string Things(int count, string thing) => $"{Count(count)} {thing}{(count == 1 ? string.Empty : "s")}";

    /// <summary>Reads <c>512M</c>, <c>4G</c>, <c>1.5GiB</c> or a number of bytes.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        string digits = text.TrimEnd([.. "BbiIkKmMgGtT"]);
        string suffix = text[digits.Length..].ToUpperInvariant();
        int power = suffix switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 1,
            "M" or "MB" or "MIB" => 2,
            "G" or "GB" or "GIB" => 3,
            "T" or "TB" or "TIB" => 4,
            _ => -1,
        };
        if (power < 0 || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return false;
        }

        double size = number * Math.Pow(1024, power);
        bytes = size < long.MaxValue ? (long)size : 0;
        return bytes > 0;
    }

    private static readonly NumberFormatInfo Spaced = new() { NumberGroupSeparator = " " };
}
