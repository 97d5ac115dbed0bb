using System.Text;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.CodePackages;

/// <summary>Of a package whose files others have already, only the others are sent.</summary>
public sealed class CodePackageLibraryTests : IDisposable
{
    private readonly ScratchFolder _library = new();
    private int _count;
    private readonly ScratchFolder _first = new ScratchFolder().Write("app.dll", "one").Write("sub/lib.so", "native", isExecutable: true).Write("data", "much");
    private readonly ScratchFolder _second = new ScratchFolder().Write("app.dll", "two").Write("other/lib.so", "native", isExecutable: true).Write("data", "much").Write("copy", "two");

    public void Dispose()
    {
        _library.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Only_changed_files_are_lacking_each_content_once()
    {
        CodePackageLibrary library = OpenWithFirst();

        CodePackageManifest lacking = library.Lacking(CodePackageFolder.Describe(_second.Path));

        Assert.Equal(["app.dll"], lacking.Files.Select(file => file.Path));
    }

    [Fact]
    public void Sent_files_and_known_ones_make_the_whole_package()
    {
        CodePackageLibrary library = OpenWithFirst();
        CodePackageManifest second = CodePackageFolder.Describe(_second.Path);
        string incoming = Empty();
        File.Copy(_second.Combine("app.dll"), Path.Combine(incoming, "app.dll"));

        Assert.True(library.TryComplete(second, incoming));

        Assert.Equal(second.Id, CodePackageFolder.Describe(incoming).Id);
    }

    [Fact]
    public void File_that_was_damaged_or_removed_here_completes_nothing()
    {
        CodePackageManifest second = CodePackageFolder.Describe(_second.Path);
        CodePackageLibrary library = OpenWithFirst();
        string stored = Path.Combine(_library.Path, CodePackageFolder.Describe(_first.Path).Id.ToString(), "data");

        File.WriteAllText(stored, "mush");
        bool fromDamaged = library.TryComplete(second, CopyOfApp());
        File.Delete(stored);
        bool fromRemoved = library.TryComplete(second, CopyOfApp());

        Assert.False(fromDamaged);
        Assert.False(fromRemoved);
    }

    [Fact]
    public void Library_knows_its_packages_again_after_a_restart_and_none_that_was_removed()
    {
        CodePackageManifest first = CodePackageFolder.Describe(_first.Path);
        OpenWithFirst();

        var again = new CodePackageLibrary(_library.Path, CodePackageLimits.Default);
        int lackingBefore = again.Lacking(first).Files.Count;
        CodePackageManifest? known = again.ManifestOrNone(first.Id);
        again.Remove(first.Id);

        Assert.Equal(0, lackingBefore);
        Assert.Equal(first.Id, known!.Id);
        Assert.Equal(3, again.Lacking(first).Files.Count);
        Assert.Null(again.ManifestOrNone(first.Id));
        Assert.Empty(Directory.GetFiles(_library.Path));
    }

    [Fact]
    public void Manifest_of_another_package_is_refused()
    {
        byte[] text = CodePackageFolder.Describe(_first.Path).ToUtf8();

        RowenException error = Assert.Throws<RowenException>(
            () => new CodePackageLibrary(_library.Path, CodePackageLimits.Default).Read(CodePackageFolder.Describe(_second.Path).Id, text));

        Assert.Equal(ErrorCode.MalformedMessage, error.Code);
    }

    [Fact]
    public void Manifest_with_any_bit_flipped_is_none_or_another()
    {
        CodePackageManifest manifest = CodePackageFolder.Describe(_first.Path);
        byte[] text = manifest.ToUtf8();

        for (int bit = 0; bit < text.Length * 8; bit++)
        {
            byte[] changed = [.. text];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(
                CodePackageManifest.TryRead(changed, CodePackageLimits.Default, out CodePackageManifest? read) && (read.Id == manifest.Id || !read.ToUtf8().SequenceEqual(changed)),
                $"bit {bit}");
        }

        Assert.True(CodePackageManifest.TryRead(text, CodePackageLimits.Default, out CodePackageManifest? same));
        Assert.Equal(manifest.Id, same.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rowen-code-package 2\n")]
    [InlineData("rowen-code-package 1\n\n")]
    [InlineData("rowen-code-package 1\nabc 1 - x\n")]
    [InlineData("rowen-code-package 1\n@ 01 - x\n")]
    [InlineData("rowen-code-package 1\n@ 1 - ../x\n")]
    [InlineData("rowen-code-package 1\n@ 1 - x\n@ 1 - x\n")]
    [InlineData("rowen-code-package 1\n@ 99999999999999 - x\n")]
    [InlineData("rowen-code-package 1\n@ 1 -\n")]
    public void Hostile_text_is_no_manifest(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text.Replace("@", new string('a', 64), StringComparison.Ordinal));

        Assert.False(CodePackageManifest.TryRead(utf8, CodePackageLimits.Default, out _));
    }

    private string Empty() => Directory.CreateDirectory(_library.Combine($".incoming-{_count++}")).FullName;

    private string CopyOfApp()
    {
        string incoming = Empty();
        File.Copy(_second.Combine("app.dll"), Path.Combine(incoming, "app.dll"));
        return incoming;
    }

    private CodePackageLibrary OpenWithFirst()
    {
        CodePackageManifest first = CodePackageFolder.Describe(_first.Path);
        string folder = _library.Combine(first.Id.ToString());
        foreach (CodePackageFile file in first.Files)
        {
            string target = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(_first.Combine(file.Path), target);
        }

        var library = new CodePackageLibrary(_library.Path, CodePackageLimits.Default);
        library.Add(first);
        return library;
    }
}
