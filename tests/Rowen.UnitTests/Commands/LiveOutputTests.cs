using System.Text;
using Rowen.Commands;

namespace Rowen.UnitTests.Commands;

public sealed class LiveOutputTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("rowen-live-").FullName, "live");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void What_follows_is_added_and_what_does_not_begins_anew()
    {
        using var live = new LiveOutput(_folder);
        live.Begin(7);

        live.Add(Print(7, 0, "ab"));
        live.Add(Print(7, 2, "cd"));
        Assert.Equal((0, "abcd"), Read(7));
        live.Add(Print(7, 9, "xy")); // something was too much
        live.Add(Print(7, 11, "z"));
        Assert.Equal((9, "xyz"), Read(7));
        live.Add(Print(7, 0, "a")); // another attempt
        Assert.Equal((0, "a"), Read(7));
        Assert.Null(LiveOutput.ReadOrNone(_folder, 7, isError: true));
    }

    [Fact]
    public void Of_what_does_not_run_nothing_is_believed_and_of_what_has_ended_nothing_stays()
    {
        using (var live = new LiveOutput(_folder))
        {
            live.Begin(1);
            live.Begin(2);
            live.Add(Print(1, 0, "a"));
            live.Add(Print(2, 0, "b"));
            live.Add(Print(3, 0, "c"));
            live.Add(Print(1, -1, "d"));
            live.End(1);
            live.Add(Print(1, 1, "late"));

            Assert.Equal(["2.out"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName));
            Assert.Equal((0, "b"), Read(2));
        }

        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public void File_that_becomes_too_long_begins_anew()
    {
        using var live = new LiveOutput(_folder);
        live.Begin(1);
        string text = new('x', CommandPrint.MaxBytes);
        int count = (2 << 20) / CommandPrint.MaxBytes;
        for (int i = 0; i < count; i++)
        {
            live.Add(Print(1, (long)i * text.Length, text));
        }

        (long at, string last) = Read(1)!.Value;
        Assert.Equal((long)count * text.Length, at + last.Length);
        Assert.InRange(last.Length, text.Length, (1 << 20) + text.Length);
    }

    private static CommandPrint Print(long index, long at, string text) => new(index, IsError: false, at, Encoding.UTF8.GetBytes(text));

    private (long At, string Text)? Read(long index) =>
        LiveOutput.ReadOrNone(_folder, index, isError: false) is { } found ? (found.At, Encoding.UTF8.GetString(found.Bytes)) : null;
}
