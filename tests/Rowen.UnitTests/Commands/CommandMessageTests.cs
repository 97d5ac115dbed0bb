using System.Text;
using Rowen.Commands;
using Rowen.Protocol.ControlMessages;

namespace Rowen.UnitTests.Commands;

public sealed class CommandMessageTests
{
    private static readonly CommandItem Item = new()
    {
        Arguments = ["a", "b"],
        Input = new byte[] { 1, 2 },
        Environment = new Dictionary<string, string> { ["N"] = "v=w" },
        WorkingFolder = "/w",
        FilesIn = [new CommandFile("f", new byte[] { 9 }) { IsExecutable = true }],
        FilesOut = ["o"],
        TimeLimit = TimeSpan.FromMilliseconds(258),
        MaxOutputBytes = 16,
        Cores = 2,
    };

    [Fact]
    public void Order_has_the_bytes_of_the_protocol()
    {
        byte[] bytes = ControlMessage.Write(new CommandOrder(5, Item));

        Assert.Equal(
            "0500000000000000" // index
            + "02000000" + "0100000061" + "0100000062" // arguments
            + "020000000102" // input
            + "FFFFFFFF" // input path: none
            + "01000000" + "050000004E3D763D77" // environment
            + "020000002F77" // working folder
            + "01000000" + "0100000066" + "01" + "0100000009" // files in
            + "01000000" + "010000006F" // files out
            + "0201000000000000" + "10000000" + "02000000", // time limit in ms, kept output, cores
            Convert.ToHexString(bytes));
    }

    [Fact]
    public void Order_is_read_as_it_was_written()
    {
        Assert.True(ControlMessage.TryRead(ControlMessage.Write(new CommandOrder(5, Item)), out CommandOrder order));

        CommandItem item = order.Item;
        Assert.Equal((5L, "/w", null, 16, 2, 258.0), (order.Index, item.WorkingFolder, item.InputPath, item.MaxOutputBytes, item.Cores, item.TimeLimit.TotalMilliseconds));
        Assert.Equal(["a", "b"], item.Arguments);
        Assert.Equal(new byte[] { 1, 2 }, item.Input.ToArray());
        Assert.Equal("v=w", item.Environment["N"]);
        Assert.Equal(("f", true, 9), (item.FilesIn[0].Path, item.FilesIn[0].IsExecutable, item.FilesIn[0].Content.Span[0]));
        Assert.Equal(["o"], item.FilesOut);
    }

    [Fact]
    public void What_was_printed_has_the_bytes_of_the_protocol()
    {
        byte[] bytes = ControlMessage.Write(new CommandPrint(5, IsError: true, At: 258, "ab"u8.ToArray()));

        Assert.Equal("0500000000000000" + "01" + "0201000000000000" + "020000006162", Convert.ToHexString(bytes));
        Assert.True(ControlMessage.TryRead(bytes, out CommandPrint print));
        Assert.Equal((5, true, 258, "ab"), (print.Index, print.IsError, print.At, Encoding.UTF8.GetString(print.Bytes.Span)));
    }

    [Theory]
    [InlineData(0, "abcdefgh")]
    [InlineData(3, "defgh")]
    [InlineData(8, "")]
    [InlineData(9, "abcdefgh")] // of another attempt
    public void Rest_of_what_was_kept_follows_what_was_seen(long seen, string rest)
    {
        var kept = new KeptOutput("abcdefgh"u8.ToArray(), 8, 8);

        Assert.Equal(rest, Encoding.UTF8.GetString(kept.ToBytesFrom(seen).Span));
    }

    [Theory]
    [InlineData(0, "abc\n[rowen: 90 bytes were left out here]\nxyz")]
    [InlineData(2, "c\n[rowen: 90 bytes were left out here]\nxyz")]
    [InlineData(50, "\n[rowen: 43 bytes were left out here]\nxyz")]
    [InlineData(94, "yz")]
    [InlineData(96, "")]
    public void Rest_says_what_was_neither_kept_nor_seen(long seen, string rest)
    {
        var kept = new KeptOutput("abcxyz"u8.ToArray(), 3, 96);

        Assert.Equal(rest, Encoding.UTF8.GetString(kept.ToBytesFrom(seen).Span));
    }

    [Fact]
    public void Damaged_bytes_never_throw()
    {
        byte[] print = ControlMessage.Write(new CommandPrint(5, IsError: true, At: 258, "ab"u8.ToArray()));
        for (int bit = 0; bit < 8 * print.Length; bit++)
        {
            _ = ControlMessage.TryRead(Flipped(print, bit), out CommandPrint _);
            Assert.False(ControlMessage.TryRead(print.AsSpan(0, bit / 8), out CommandPrint _));
        }

        byte[] order = ControlMessage.Write(new CommandOrder(5, Item));
        byte[] report = ControlMessage.Write(new CommandReport { NodeName = "n", Output = new KeptOutput("ab"u8.ToArray(), 1, 9), Files = [new CommandFile("f", "c"u8.ToArray())] });
        for (int bit = 0; bit < 8 * order.Length; bit++)
        {
            _ = ControlMessage.TryRead(Flipped(order, bit), out CommandOrder _);
            Assert.False(ControlMessage.TryRead(order.AsSpan(0, bit / 8), out CommandOrder _));
        }

        for (int bit = 0; bit < 8 * report.Length; bit++)
        {
            if (ControlMessage.TryRead(Flipped(report, bit), out CommandReport read))
            {
                _ = read.Output.ToBytes();
            }

            Assert.False(ControlMessage.TryRead(report.AsSpan(0, bit / 8), out CommandReport _));
        }
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a/../x")]
    [InlineData("a//x")]
    [InlineData("./x")]
    [InlineData("")]
    public void Path_that_leaves_the_folder_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => (Item with { FilesOut = [path] }).Check());

    [Theory]
    [InlineData("ROWEN_COMMAND")]
    [InlineData("ROWEN_X")]
    [InlineData("A=B")]
    [InlineData("")]
    public void Variable_that_is_ours_or_none_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => (Item with { Environment = new Dictionary<string, string> { [name] = "1" } }).Check());

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
