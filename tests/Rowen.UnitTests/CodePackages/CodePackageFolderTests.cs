using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.CodePackages;

public sealed class CodePackageFolderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly ScratchFolder _elsewhere = new();

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public void Name_follows_from_names_contents_and_the_executable_bit_alone()
    {
        _folder.Write("a", "1").Write("b/c", "2");
        string id = Describe();

        File.SetLastWriteTimeUtc(_folder.Combine("a"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.CreateDirectory(_folder.Combine("empty"));
        Assert.Equal(id, Describe());

        _folder.Write("a", "1", isExecutable: true);
        string executable = Describe();
        Assert.NotEqual(id, executable);
        _folder.Write("a", "!");
        Assert.NotEqual(executable, Describe());
    }

    [Fact]
    public void Link_to_a_file_of_the_folder_is_a_copy()
    {
        _folder.Write("libx.so.1", "library", isExecutable: true);
        File.CreateSymbolicLink(_folder.Combine("libx.so"), "libx.so.1");

        IReadOnlyList<CodePackageFile> files = CodePackageFolder.Describe(_folder.Path).Files;

        Assert.Equal(["libx.so", "libx.so.1"], files.Select(file => file.Path));
        Assert.Equal(files[1] with { Path = "libx.so" }, files[0]);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../beside")]
    [InlineData("missing")]
    [InlineData("link")]
    [InlineData("/tmp")]
    public void Link_that_leads_elsewhere_is_refused_by_name(string target)
    {
        File.CreateSymbolicLink(_folder.Combine("link"), target);

        RowenException error = Assert.Throws<RowenException>(() => Describe());

        Assert.Equal(ErrorCode.PackageUnusable, error.Code);
        Assert.Contains("'link'", error.Message, StringComparison.Ordinal);
        Assert.Contains(target, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Link_to_a_folder_is_refused_even_inside()
    {
        _folder.Write("real/file", "x");
        File.CreateSymbolicLink(_folder.Combine("link"), "real");

        Assert.Contains("link to the folder real", Assert.Throws<RowenException>(() => Describe()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_kept_before_files_are_read()
    {
        _folder.Write("a", "1234").Write("b", "1234");

        Refuses(new CodePackageLimits { MaxFileCount = 1 });
        Refuses(new CodePackageLimits { MaxTotalBytes = 7 });
        Refuses(new CodePackageLimits { MaxFileBytes = 3 });
        Assert.Equal(8, CodePackageFolder.Describe(_folder.Path, new CodePackageLimits { MaxTotalBytes = 8 }).TotalBytes);
    }

    [Fact]
    public void Folder_that_is_not_there_is_named()
    {
        string missing = _folder.Combine("missing");

        RowenException error = Assert.Throws<RowenException>(() => CodePackageFolder.Describe(missing));

        Assert.Equal(ErrorCode.PackageUnusable, error.Code);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_do_not_belong_are_left_out()
    {
        _folder.Write("a.dll", "1").Write("a.xml", "2").Write("sub/b.xml", "3");

        IReadOnlyList<CodePackageSource> sources = CodePackageFolder.List(
            _folder.Path, CodePackageLimits.Default, path => !path.EndsWith(".xml", StringComparison.Ordinal));

        Assert.Equal("a.dll", Assert.Single(sources).Path);
    }

    private string Describe() =>
        CodePackageFolder.Describe(_folder.Path).Id.ToString();

    private void Refuses(CodePackageLimits limits) => Assert.Equal(
        ErrorCode.PackageTooLarge,
        Assert.Throws<RowenException>(() => CodePackageFolder.Describe(_folder.Path, limits)).Code);
}
