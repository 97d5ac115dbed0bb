using System.Text;
using Rowen.UnitTests.CodePackages;
using WordCount;

namespace Rowen.UnitTests.Functions;

public sealed class WordCounterTests
{
    [Fact]
    public void Words_are_runs_of_letters_and_digits_in_lower_case()
    {
        Assert.Equal(
            new Dictionary<string, int> { ["the"] = 2, ["cat"] = 1, ["s"] = 1, ["9"] = 1, ["lives"] = 1, ["x1"] = 1, ["äöß"] = 2 },
            Count("The cat's 9 lives; THE x1 ÄÖß-äöß"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" .,;\n\t")]
    [InlineData("text before a NUL\0and after")]
    public void What_has_no_words_has_none(string text) => Assert.Empty(Count(text));

    [Fact]
    public void NUL_beyond_the_first_eight_kibibytes_stands_between_words()
    {
        Dictionary<string, int> counts = Count($"{new string(' ', 8192)}a\0b");

        Assert.Equal(new Dictionary<string, int> { ["a"] = 1, ["b"] = 1 }, counts);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_stand_between_words()
    {
        byte[] bytes = [(byte)'a', 0xFF, (byte)'b', 0xC3, (byte)' ', (byte)'c', 0xE2, 0x82];

        Dictionary<string, int> counts = new WordCounter().Count(new MemoryStream(bytes));

        Assert.Equal(["a", "b", "c"], counts.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Letters_beyond_sixteen_bits_are_letters() =>
        Assert.Equal(new Dictionary<string, int> { ["𐐨a"] = 2 }, Count("𐐀A 𐐨a")); // Deseret, which has cases

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8191)]
    [InlineData(100_000)]
    public void Where_the_stream_is_cut_makes_no_difference(int pieceBytes)
    {
        var random = new Random(7);
        string[] words = ["straße", "été", "x", "日本", "𐐨", "abc123", new string('w', 300)];
        var expected = new Dictionary<string, int>(StringComparer.Ordinal);
        var text = new StringBuilder();
        while (text.Length < 60_000)
        {
            string word = words[random.Next(words.Length)];
            expected[word] = expected.GetValueOrDefault(word) + 1;
            text.Append(word).Append(" .—\n"[random.Next(4)]);
        }

        var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(text.ToString()), pieceBytes);

        Assert.Equal(expected, new WordCounter(bufferBytes: 8192).Count(stream));
    }

    [Fact]
    public void Function_reads_a_file()
    {
        using var folder = new ScratchFolder();
        folder.Write("a.txt", "One two two");

        Assert.Equal(new Dictionary<string, int> { ["one"] = 1, ["two"] = 2 }, Words.CountWords(folder.Combine("a.txt")));
        Assert.Throws<FileNotFoundException>(() => Words.CountWords(folder.Combine("missing")));
    }

    private static Dictionary<string, int> Count(string text) =>
        new WordCounter().Count(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>Gives a few bytes at a time, as a slow file system does.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, pieceBytes));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, pieceBytes)]);
    }
}
