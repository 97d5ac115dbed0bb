using Rowen.Functions.ReadyToRun;
using Rowen.Protocol.Identifiers;
using Rowen.Testing;

namespace Rowen.UnitTests.Functions.ReadyToRun;

public sealed class CompiledPackagesTests : IDisposable
{
    private static readonly CodePackageId Package = CodePackageId.Parse(new string('a', 64), null);
    private static readonly Version Runtime = new(10, 0, 12);

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-compiled-").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly CompiledPackages _packages;
    private int _filledCount;

    public CompiledPackagesTests() => _packages = new CompiledPackages(_folder, _time);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Another_package_runtime_or_compiler_is_another_name() => Assert.Equal(
        4,
        new[]
        {
            CompiledPackages.NameOf(Package, Runtime, Runtime),
            CompiledPackages.NameOf(Package, new Version(10, 0, 13), Runtime),
            CompiledPackages.NameOf(Package, Runtime, new Version(10, 0, 13)),
            CompiledPackages.NameOf(CodePackageId.Parse(new string('b', 64), null), Runtime, Runtime),
        }.Distinct().Count());

    [Fact]
    public async Task What_is_there_is_not_made_again()
    {
        (string folder, string faults) = await GetAsync("one", "b.dll: no");
        (string again, string stillFaults) = await GetAsync("one", "never asked");

        Assert.Equal((folder, "b.dll: no"), (again, stillFaults));
        Assert.Equal(("b.dll: no", 1), (faults, _filledCount));
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(folder, "a.dll"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_failed_half_way_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _packages.GetAsync("one", _ => throw new InvalidOperationException("no")));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        await GetAsync("one", string.Empty);
        Assert.Equal(1, _filledCount);
    }

    [Fact]
    public async Task Old_ones_go_when_there_are_many_and_young_ones_never()
    {
        for (int i = 0; i < 20; i++)
        {
            await GetAsync($"old{i}", string.Empty);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(20, Directory.GetDirectories(_folder).Length);
        _time.Advance(TimeSpan.FromDays(2));
        await GetAsync("new", string.Empty);

        string[] left = [.. Directory.GetDirectories(_folder).Select(each => Path.GetFileName(each)!)];
        Assert.Equal(16, left.Length);
        Assert.Contains("new", left);
        Assert.DoesNotContain("old0", left);
    }

    private Task<(string Folder, string Faults)> GetAsync(string name, string faults) => _packages.GetAsync(name, async folder =>
    {
        _filledCount++;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.dll"), name);
        return faults;
    });
}
