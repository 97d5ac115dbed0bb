using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.CodePackages;

public sealed class CodePackageArchiveTests : IDisposable
{
    private readonly ScratchFolder _source = new();
    private readonly ScratchFolder _target = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
    }

    [Fact]
    public async Task Archive_of_a_folder_is_this()
    {
        _source.Write("run", "#!/bin/true\n", isExecutable: true).Write("lib/a.txt", "hello").Write("empty", string.Empty);
        using var tar = new MemoryStream();

        CodePackageManifest manifest = await CodePackageArchive.WriteAsync(_source.Path, tar, Cancellation);

        Assert.Equal("d2c0d7c8cc1c1b27b69661ae99788b3ac3f32afddbad6e0ef4ef61878ffadff9", manifest.Id.Value);
        Assert.Equal((3 * 512) + 512 + 512 + 1024, tar.Length);
        Assert.StartsWith(
            "10da4b44d9089b423190ba9348083233", Convert.ToHexStringLower(SHA256.HashData(tar.ToArray())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_written_comes_out_as_it_was()
    {
        _source.Write("run", "#!/bin/true\n", isExecutable: true).Write("a/b/c/däta", new string('x', 200_000))
            .Write("a/b/empty", string.Empty).Write("block", new string('y', 512));
        using var tar = new MemoryStream();
        CodePackageManifest manifest = await CodePackageArchive.WriteAsync(_source.Path, tar, Cancellation);

        CodePackageId id = await ExtractAsync(tar.ToArray());

        Assert.Equal(manifest.Id, id);
        Assert.Equal(manifest.Id, CodePackageFolder.Describe(_target.Path).Id);
        Assert.Equal(_source.Files(), _target.Files());
        Assert.Equal(new string('x', 200_000), await System.IO.File.ReadAllTextAsync(_target.Combine("a/b/c/däta"), Cancellation));
    }

    [Fact]
    public async Task Archive_made_by_hand_in_another_order_has_the_same_name()
    {
        byte[] tar = Tar([.. "cab".Select(letter => File($"d/{letter}", $"{letter}{letter}"))]);
        foreach (char letter in "abc")
        {
            _source.Write($"d/{letter}", $"{letter}{letter}");
        }

        CodePackageId id = await ExtractAsync(tar);

        Assert.Equal(CodePackageFolder.Describe(_source.Path).Id, id);
    }

    [Theory]
    [InlineData("../escape", "absolute")]
    [InlineData("/escape", "absolute")]
    [InlineData("a/../../escape", "absolute")]
    [InlineData("./a", "absolute")]
    [InlineData("a\\b", "backslash")]
    public Task Path_that_leads_elsewhere_is_refused(string path, string why) =>
        RefusesAsync(Tar(File(path, "x")), ErrorCode.MalformedMessage, why);

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c", "a/b")]
    public Task Path_that_is_there_already_is_refused(string first, string second) =>
        RefusesAsync(Tar(File(first, "x"), File(second, "y")), ErrorCode.MalformedMessage, "twice");

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.Directory)]
    public Task What_is_no_regular_file_is_refused(TarEntryType type)
    {
        var entry = new UstarTarEntry(type, "a");
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        return RefusesAsync(Tar(entry), ErrorCode.MalformedMessage, "no regular file");
    }

    [Fact]
    public Task Other_tar_dialects_are_refused() =>
        RefusesAsync(Tar(new GnuTarEntry(TarEntryType.RegularFile, "a")), ErrorCode.MalformedMessage, "ustar");

    [Fact]
    public Task Extended_attributes_are_refused_before_they_are_read() =>
        RefusesAsync(Tar(new PaxTarEntry(TarEntryType.RegularFile, "a")), ErrorCode.MalformedMessage, "no regular file");

    [Fact]
    public async Task Archive_that_ends_too_early_is_refused_wherever_it_ends()
    {
        byte[] tar = Tar(File("a", "hello"), File("b", "world"));
        for (int length = 0; length <= 4 * 512; length += 128)
        {
            using var target = new ScratchFolder();
            RowenException error = await Assert.ThrowsAsync<RowenException>(
                () => CodePackageArchive.ExtractAsync(
                    new MemoryStream(tar, 0, length), target.Path, CodePackageLimits.Default, Cancellation));
            Assert.Equal(ErrorCode.MalformedMessage, error.Code);
        }
    }

    [Fact]
    public async Task Limits_are_kept_before_bytes_are_written()
    {
        byte[] tar = Tar(File("a", "1234"), File("b", "1234"), File("c", "1234"));
        await RefusesAsync(tar, ErrorCode.PackageTooLarge, "2 files", new CodePackageLimits { MaxFileCount = 2 });
        await RefusesAsync(tar, ErrorCode.PackageTooLarge, "11 bytes", new CodePackageLimits { MaxTotalBytes = 11 });
        await RefusesAsync(tar, ErrorCode.PackageTooLarge, "3 bytes", new CodePackageLimits { MaxFileBytes = 3 });

        await ExtractAsync(tar, new CodePackageLimits { MaxFileCount = 3, MaxTotalBytes = 12, MaxFileBytes = 4 });

        Assert.Equal(["a", "b", "c"], _target.Files());
    }

    [Fact]
    public async Task File_that_changed_meanwhile_is_not_sent()
    {
        _source.Write("a", "before");
        CodePackageManifest manifest = CodePackageFolder.Describe(_source.Path);

        RowenException error = await Assert.ThrowsAsync<RowenException>(() => CodePackageArchive.WriteAsync(
            manifest, _ => new MemoryStream("after!!"u8.ToArray()), new MemoryStream(), Cancellation));

        Assert.Equal(ErrorCode.PackageHashDiffers, error.Code);
    }

    [Fact]
    public async Task A_folder_that_is_not_empty_is_left_alone()
    {
        _target.Write("there", "already");

        await Assert.ThrowsAsync<ArgumentException>(() => ExtractAsync(Tar(File("a", "x"))));

        Assert.Equal(["there"], _target.Files());
    }

    [Fact]
    public async Task A_hundred_thousand_damaged_archives_neither_crash_nor_escape()
    {
        const int seed = 20_261_121;
        var random = new Random(seed);
        byte[] original = Tar(File("a", "hello"), File("bin/run", new string('z', 700)));
        using var outside = new ScratchFolder();
        string target = outside.Combine("deep/er/target");
        for (int round = 0; round < 100_000; round++)
        {
            byte[] damaged = Damage(original, random);
            Directory.CreateDirectory(target);
            try
            {
                await CodePackageArchive.ExtractAsync(
                    new MemoryStream(damaged), target, new CodePackageLimits { MaxTotalBytes = 4096 }, Cancellation);
            }
            catch (RowenException error)
            {
                Assert.True(error.Code is ErrorCode.MalformedMessage or ErrorCode.PackageTooLarge, $"seed {seed}, round {round}");
            }

            if (round % 64 == 0 || Directory.EnumerateFileSystemEntries(target).Any())
            {
                Directory.Delete(target, recursive: true);
                Assert.True(outside.Files().Length == 0, $"a file escaped: seed {seed}, round {round}");
            }
        }
    }

    /// <summary>Changes some bytes, mostly of the headers; repairs the checksums half of the time, so as to come further.</summary>
    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] damaged = original.ToArray();
        for (int count = random.Next(1, 6); count > 0; count--)
        {
            int header = random.Next(2) * 1024;
            int[] fields = [random.Next(100), 100 + random.Next(8), 124 + random.Next(12), 156, 257, 345 + random.Next(20), random.Next(512)];
            byte[] values = [(byte)'/', (byte)'.', 0, (byte)'7', (byte)'2', (byte)random.Next(256)];
            damaged[header + fields[random.Next(fields.Length)]] = values[random.Next(values.Length)];
        }

        if (random.Next(2) == 0)
        {
            Repair(damaged.AsSpan(0, 512));
            Repair(damaged.AsSpan(1024, 512));
        }

        return random.Next(8) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }

    private static void Repair(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0", header[148..]);
    }

    private async Task RefusesAsync(byte[] tar, ErrorCode code, string why, CodePackageLimits? limits = null)
    {
        using var target = new ScratchFolder();
        RowenException error = await Assert.ThrowsAsync<RowenException>(
            () => CodePackageArchive.ExtractAsync(
                new MemoryStream(tar), target.Path, limits ?? CodePackageLimits.Default, Cancellation));
        Assert.Equal(code, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private Task<CodePackageId> ExtractAsync(byte[] tar, CodePackageLimits? limits = null) =>
        CodePackageArchive.ExtractAsync(
            new MemoryStream(tar), _target.Path, limits ?? CodePackageLimits.Default, Cancellation);

    private static UstarTarEntry File(string path, string text) => new(TarEntryType.RegularFile, path)
    {
        DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
    };

    private static byte[] Tar(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return tar.ToArray();
    }
}
