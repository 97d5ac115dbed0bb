using System.Text;
using Rowen.Protocol.CodePackages;

namespace Rowen.UnitTests.CodePackages;

public sealed class CodePackageManifestTests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Text_is_this()
    {
        var manifest = new CodePackageManifest(
        [
            new CodePackageFile("é.txt", 0, Empty, IsExecutable: false),
            new CodePackageFile("bin/run", 12, new string('a', 64), IsExecutable: true),
            new CodePackageFile("Z", 0, Empty, IsExecutable: false),
        ]);

        Assert.Equal(
            $"rowen-code-package 1\n{Empty} 0 - Z\n{new string('a', 64)} 12 x bin/run\n{Empty} 0 - é.txt\n",
            Encoding.UTF8.GetString(manifest.ToUtf8()));
        Assert.Equal(12, manifest.TotalBytes);
        Assert.Equal("8e42405e5171a56aa1299566db14145fe8b0a206b17feca467aeb2761488947c", manifest.Id.Value);
    }

    [Fact]
    public void Order_of_files_makes_no_difference()
    {
        CodePackageFile[] files =
            [.. "c b d a/d".Split(' ').Select(path => new CodePackageFile(path, 0, Empty, IsExecutable: false))];

        Assert.Equal(new CodePackageManifest(files).Id, new CodePackageManifest(files.Reverse()).Id);
    }

    [Fact]
    public void Same_path_twice_is_refused()
    {
        var file = new CodePackageFile("a", 0, Empty, IsExecutable: false);

        Assert.Throws<ArgumentException>(() => new CodePackageManifest([file, file]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../up")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("a\nb")]
    [InlineData("a\\b")]
    [InlineData("a\u0000b")]
    public void Path_that_could_lead_elsewhere_is_refused(string path)
    {
        Assert.NotNull(CodePackagePath.FindFault(path));
        Assert.Throws<ArgumentException>(
            () => new CodePackageManifest([new CodePackageFile(path, 0, Empty, IsExecutable: false)]));
    }

    [Fact]
    public void Path_that_is_no_Unicode_is_refused() =>
        Assert.Equal("is no valid Unicode", CodePackagePath.FindFault("\ud800"));

    [Theory]
    [InlineData(100, 0, true)]
    [InlineData(101, 0, false)]
    [InlineData(100, 154, true)]
    [InlineData(101, 100, false)]
    [InlineData(99, 155, true)]
    [InlineData(1, 155, true)]
    [InlineData(1, 156, false)]
    public void Path_fits_the_tar_header_or_is_refused(int nameBytes, int folderBytes, bool fits)
    {
        string path = new string('f', folderBytes) + (folderBytes > 0 ? "/" : string.Empty) + new string('n', nameBytes);

        Assert.Equal(fits, CodePackagePath.FindFault(path) is null);
    }
}
