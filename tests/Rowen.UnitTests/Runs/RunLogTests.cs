using Rowen.Commands;
using Rowen.Protocol.Errors;
using Rowen.Runs;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Runs;

public sealed class RunLogTests : IDisposable
{
    private static readonly string[] Outputs = ["out 0", "out 1", "out 2"];

    private readonly ScratchFolder _folder = new();

    private string LogPath => System.IO.Path.Combine(_folder.Path, "items.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_are_found_in_the_order_in_which_they_came()
    {
        Write(3, 1, 2);

        using var log = new RunLogReader(LogPath);
        List<RunLogPlace> places = [.. log.FindNew(isOver: true)];

        Assert.Equal([3L, 1, 2], places.Select(place => place.Entry.Index));
        Assert.Equal(["out 3", "out 1", "out 2"], places.Select(place => TextOf(log.Read(place))));
        Assert.Equal(0, log.SkippedBytes);
    }

    [Fact]
    public void Reader_follows_the_writer()
    {
        using var writer = new RunLogWriter(LogPath);
        using var log = new RunLogReader(LogPath);

        Assert.Empty(log.FindNew(isOver: false));
        writer.Append(0, Record(0));
        Assert.Equal([0L], log.FindNew(isOver: false).Select(place => place.Entry.Index));
        writer.Append(1, Record(1));
        writer.Append(2, Record(2));
        Assert.Equal([1L, 2], log.FindNew(isOver: false).Select(place => place.Entry.Index));
    }

    [Fact]
    public void Log_that_was_cut_anywhere_gives_what_is_whole()
    {
        Write(0, 1, 2);
        byte[] whole = File.ReadAllBytes(LogPath);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(LogPath, whole[..length]);
            string[] read = ReadAll(out bool isRefused);

            Assert.Equal(length < RunLogHeader.SizeBytes, isRefused);
            Assert.Equal(Outputs.Take(read.Length), read);
        }
    }

    [Fact]
    public void Bit_flipped_anywhere_costs_at_most_its_own_record_and_never_changes_one()
    {
        Write(0, 1, 2);
        byte[] whole = File.ReadAllBytes(LogPath);
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(LogPath, damaged);

            string[] read = ReadAll(out bool isRefused);

            Assert.Equal(bit / 8 < RunLogHeader.SizeBytes, isRefused);
            Assert.True(isRefused || read.Length == 2, $"bit {bit}: {string.Join(", ", read)}");
            Assert.Empty(read.Except(Outputs));
        }
    }

    [Fact]
    public void Item_that_prints_its_own_log_puts_no_records_into_it()
    {
        using (var writer = new RunLogWriter(LogPath))
        {
            writer.Append(0, Record(0));
            byte[] own = File.ReadAllBytes(LogPath);
            writer.Append(1, new RunRecord(ErrorCode.None, null, new CommandReport { Output = new KeptOutput(own, own.Length, own.Length) }));
        }

        byte[] bytes = File.ReadAllBytes(LogPath);
        int second = bytes.AsSpan(RunLogHeader.SizeBytes + 1).IndexOf(RunLogEntry.Magic) + RunLogHeader.SizeBytes + 1;
        bytes[second + 8] ^= 1; // so that the reader looks for records in what was printed
        File.WriteAllBytes(LogPath, bytes);

        Assert.Equal(["out 0"], ReadAll(out _));
    }

    private static RunRecord Record(long index)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes($"out {index}");
        return new RunRecord(ErrorCode.None, null, new CommandReport { NodeName = "n", Output = new KeptOutput(text, text.Length, text.Length) });
    }

    private static string TextOf(RunRecord record) => System.Text.Encoding.UTF8.GetString(record.Report.Output.Bytes.Span);

    private void Write(params long[] indexes)
    {
        using var writer = new RunLogWriter(LogPath);
        foreach (long index in indexes)
        {
            writer.Append(index, Record(index));
        }
    }

    private string[] ReadAll(out bool isRefused)
    {
        List<string> read = [];
        isRefused = false;
        try
        {
            using var log = new RunLogReader(LogPath);
            foreach (RunLogPlace place in log.FindNew(isOver: true))
            {
                try
                {
                    read.Add(TextOf(log.Read(place)));
                }
                catch (RowenException exception) when (exception.Code == ErrorCode.StorageFailed)
                {
                    // Told, and the others go on.
                }
            }
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.StorageFailed)
        {
            isRefused = true;
        }

        return [.. read];
    }
}
