using System.Text;
using Rowen.Functions;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Functions;

public sealed class CodePackageTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly ScratchFolder _target = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _target.Dispose();
    }

    [Fact]
    public void What_every_executor_has_and_what_runs_nothing_is_left_out()
    {
        foreach (string path in (string[])
        [
            "App.dll", "App.pdb", "App.xml", "App.deps.json", "data.xml", "sub/Rowen.dll", "Rowen.dll", "Rowen.pdb", "Rowen.xml",
            "Rowen.Fabric.dll", "Rowen.Protocol.dll", "Rowen.Mine.dll",
        ])
        {
            _folder.Write(path, path);
        }

        CodePackage package = CodePackage.FromFolder(_folder.Path + "/");

        Assert.Equal(
            ["App.deps.json", "App.dll", "App.pdb", "Rowen.Mine.dll", "data.xml", "sub/Rowen.dll"],
            package.Manifest.Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Package_arrives_as_it_was_sent()
    {
        _folder.Write("App.dll", "code").Write("deep/er/data", new string('d', 70_000));
        CodePackage package = CodePackage.FromFolder(_folder.Path);
        using var tar = new MemoryStream();

        await package.WriteAsync(tar, Cancellation);
        tar.Position = 0;
        CodePackageId id = await CodePackageArchive.ExtractAsync(tar, _target.Path, CodePackageLimits.Default, Cancellation);

        Assert.Equal(package.Id, id);
        Assert.Equal(_folder.Files(), _target.Files());
    }

    [Fact]
    public void File_that_changed_gives_another_package()
    {
        _folder.Write("App.dll", "1");
        CodePackageId first = CodePackage.FromFolder(_folder.Path).Id;
        Assert.Equal(first, CodePackage.FromFolder(_folder.Path).Id);

        _folder.Write("App.dll", "2");
        File.SetLastWriteTimeUtc(_folder.Combine("App.dll"), new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.NotEqual(first, CodePackage.FromFolder(_folder.Path).Id);
    }

    [Fact]
    public async Task Library_travels_with_the_names_of_its_functions()
    {
        _folder.Write("libx.so.1", "ELF");
        File.CreateSymbolicLink(_folder.Combine("libx.so"), "libx.so.1");
        CodePackage package = CodePackage.FromLibrary(_folder.Combine("libx.so"), "f", "g_2");
        using var tar = new MemoryStream();

        await package.WriteAsync(tar, Cancellation);
        tar.Position = 0;
        CodePackageId id = await CodePackageArchive.ExtractAsync(tar, _target.Path, CodePackageLimits.Default, Cancellation);

        Assert.Equal(package.Id, id);
        Assert.Equal(["libx.so", "rowen.functions"], _target.Files());
        Assert.Equal("native libx.so: f, g_2\n", await File.ReadAllTextAsync(_target.Combine("rowen.functions"), Encoding.UTF8, Cancellation));
    }

    [Fact]
    public void Whole_library_is_one_package_whichever_of_its_functions_is_called()
    {
        string library = Path.Combine(TestPackage.Folder, "libtestfunctions.so");

        CodePackage echo = CodePackage.FromWholeLibrary(library, "native_echo");
        CodePackage checksum = CodePackage.FromWholeLibrary(library, "native_checksum");
        CodePackage missing = CodePackage.FromWholeLibrary(library, "native_nothing");

        Assert.Equal(echo.Id, checksum.Id);
        Assert.NotEqual(echo.Id, missing.Id); // and so the executor says that there is none
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20261122)]
    public void Damaged_library_is_a_package_with_the_named_function_alone(int seed)
    {
        byte[] library = File.ReadAllBytes(Path.Combine(TestPackage.Folder, "libtestfunctions.so"));
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            byte[] damaged = library[..random.Next(0, library.Length)];
            for (int i = 0; i < damaged.Length && i < 40; i++)
            {
                damaged[random.Next(Math.Min(damaged.Length, i < 20 ? 64 : damaged.Length))] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder.Combine("libx.so"), damaged);

            Assert.NotEmpty(CodePackage.FromWholeLibrary(_folder.Combine("libx.so"), "f").Manifest.Files);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("f", "not a name")]
    [InlineData("1f")]
    [InlineData("f\nnative /etc/x")]
    public void Library_without_names_of_functions_is_refused(params string[] functions) =>
        Assert.Throws<ArgumentException>(() => CodePackage.FromLibrary("libx.so", functions));

    [Fact]
    public void Library_that_is_not_there_is_named()
    {
        RowenException error = Assert.Throws<RowenException>(() => CodePackage.FromLibrary("/nowhere/libx.so", "f"));

        Assert.Equal(ErrorCode.PackageUnusable, error.Code);
        Assert.Contains("/nowhere/libx.so does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Package_of_an_assembly_is_its_folder()
    {
        CodePackage package = CodePackage.FromAssembly(typeof(CodePackageTests).Assembly);

        Assert.Equal(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), package.Origin);
        Assert.Contains(package.Manifest.Files, file => file.Path == "Rowen.UnitTests.dll");
        Assert.DoesNotContain(package.Manifest.Files, file => file.Path == "Rowen.dll");
    }
}
