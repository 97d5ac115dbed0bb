using Rowen.Jobs;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Journals;

/// <summary>Whatever became of a journal's bytes: refused, or a prefix of what was committed; never anything else.</summary>
public sealed class JournalDamageTests
{
    [Fact]
    public async Task Bit_flipped_at_every_byte_is_refused_or_leaves_a_prefix()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] whole = journal.Bytes;
        int refused = 0;
        int cut = 0;
        for (int flip = 0; flip < 2 * whole.Length; flip++)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[flip / 2] ^= (byte)(flip % 2 == 0 ? 1 << (flip / 2 % 8) : 0xFF);
            journal.Write(flipped);

            if (ReadOrNone(journal) is { } read)
            {
                Assert.Equal(journal.Prefixes[^2], read); // the last commit looks torn; no other may
                cut++;
            }
            else
            {
                refused++;
            }
        }

        Assert.Equal(2 * whole.Length, refused + cut);
        Assert.True(cut > 0 && refused > cut, $"{refused} refused, {cut} cut");
    }

    [Fact]
    public async Task Every_torn_end_leaves_what_was_committed_before_it()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] whole = journal.Bytes;
        for (int length = 0; length < whole.Length; length++)
        {
            journal.Write(whole[..length]);

            string? read = ReadOrNone(journal);

            Assert.True(read is null ? length < whole.Length / 2 : journal.Prefixes.Contains(read), $"{length} bytes were read as\n{read}");
        }
    }

    [Fact]
    public async Task What_stands_behind_the_last_commit_is_cut_off_and_writing_goes_on_there()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] whole = journal.Bytes;
        byte[] torn = [.. whole, .. whole.AsSpan(whole.Length - 40)]; // a piece of an old commit, as a recycled block may hold
        journal.Write(torn);

        using (JobJournal opened = JobJournal.Open(journal.Files))
        {
            Assert.Equal(40, opened.TornBytes);
            opened.Begin(new JobRun { Number = 2 });
            await opened.CommitAsync();
        }

        Assert.Equal(2, JobReading.Replay(journal.Files, keepsItems: true).Runs.Count);
        Assert.Equal(whole, journal.Bytes[..whole.Length]);
    }

    [Fact]
    public async Task Refusal_names_file_place_and_reason()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] bytes = journal.Bytes;
        bytes[JournalHeader.SizeBytes + JournalFrame.SizeBytes + 10] ^= 1;
        journal.Write(bytes);

        RowenException refusal = Assert.Throws<RowenException>(() => journal.Describe());

        Assert.Equal(ErrorCode.JobDamaged, refusal.Code);
        Assert.Contains($"{journal.Files.Journal} is damaged at byte {JournalHeader.SizeBytes}: commit 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commit_of_another_journal_is_not_taken_for_one_of_this()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] other = journal.Bytes;
        using SmallJournal same = await SmallJournal.CreateAsync();
        byte[] salted = new byte[JournalHeader.SizeBytes];
        new JournalHeader(1, 7, 0x99999999).Write(salted);
        journal.Write([.. salted, .. other.AsSpan(JournalHeader.SizeBytes)]);

        Assert.Null(ReadOrNone(journal));
    }

    [Fact]
    public async Task Journal_of_a_newer_version_is_refused_by_name()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        byte[] bytes = journal.Bytes;
        new JournalHeader(2, 7, 0x01020304).Write(bytes);
        journal.Write(bytes);

        Assert.Equal(ErrorCode.OtherVersion, Assert.Throws<RowenException>(() => journal.Describe()).Code);
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_large_result_is_refused()
    {
        using SmallJournal journal = await SmallJournal.CreateAsync();
        var place = new ResultPlace(0, 0, 0);
        using (ResultFile file = ResultFile.OpenForWriting(journal.Files.Results))
        {
            place = file.Add("a large result"u8);
            file.Flush();
        }

        byte[] whole = File.ReadAllBytes(journal.Files.Results);
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(journal.Files.Results, flipped);
            using ResultFile file = ResultFile.OpenForReading(journal.Files.Results);

            Assert.Equal(ErrorCode.JobDamaged, Assert.Throws<RowenException>(() => file.Read(place)).Code);
        }
    }

    private static string? ReadOrNone(SmallJournal journal)
    {
        try
        {
            return journal.Describe();
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.JobDamaged or ErrorCode.OtherVersion)
        {
            return null;
        }
    }
}
