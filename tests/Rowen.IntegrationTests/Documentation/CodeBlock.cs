namespace Rowen.IntegrationTests.Documentation;

/// <summary>A fenced block of a Markdown file.</summary>
/// <param name="File">Path within the repository.</param>
/// <param name="Line">Line of its first fence, from 1.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">What is between the fences.</param>
internal sealed record CodeBlock(string File, int Line, string Language, string Text)
{
    public static IReadOnlyList<CodeBlock> In(string root, string file)
    {
        var blocks = new List<CodeBlock>();
        string[] lines = System.IO.File.ReadAllLines(Path.Combine(root, file));
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                int end = Array.FindIndex(lines, i + 1, line => line == "```");
                Assert.True(end > i, $"{file}:{i + 1} begins a block that never ends.");
                blocks.Add(new CodeBlock(file, i + 1, lines[i][3..], string.Join('\n', lines[(i + 1)..end])));
                i = end;
            }
        }

        return blocks;
    }

    public override string ToString() => $"{File}:{Line}";
}
