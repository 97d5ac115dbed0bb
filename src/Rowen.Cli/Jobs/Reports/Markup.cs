using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Rowen.Cli.Output;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>Elements of HTML and SVG. Whatever users wrote goes through here, and stays text.</summary>
internal static class Markup
{
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static XElement Text(string name, string text) => new(name, Clean(text));

    public static XElement SvgElement(string name, params object?[] content) => new(Svg + name, content);

    public static XElement SvgText(double x, double y, string text, string cssClass) =>
        SvgElement("text", At("x", x), At("y", y), new XAttribute("class", cssClass), Clean(text));

    public static XElement Rectangle(double x, double y, double width, double height, string cssClass, string title) => SvgElement(
        "rect", At("x", x), At("y", y), At("width", Math.Max(width, 0.4)), At("height", height), new XAttribute("class", cssClass), SvgElement("title", Clean(title)));

    public static XAttribute At(string name, double value) => new(name, Number(value));

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Seconds(double seconds) => Units.Duration(TimeSpan.FromSeconds(seconds));

    /// <summary>Without the characters that neither XML nor HTML may hold.</summary>
    public static string Clean(string text)
    {
        char[] clean = text.ToCharArray();
        for (int i = 0; i < clean.Length; i++)
        {
            if (i + 1 < clean.Length && char.IsSurrogatePair(clean[i], clean[i + 1]))
            {
                i++;
            }
            else if (!XmlConvert.IsXmlChar(clean[i]))
            {
                clean[i] = '\uFFFD';
            }
        }

        return new string(clean);
    }
}
