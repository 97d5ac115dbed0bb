using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;

namespace Rowen.UnitTests.Functions;

/// <summary>The test functions, as an executor loads them: from a folder of their own, not from the test's.</summary>
internal static class TestPackage
{
    /// <summary>Where the build left the package.</summary>
    public static readonly string Folder = FindFolder();

    private static readonly Lazy<Dictionary<string, LoadedFunction>> Loaded = new(() =>
        CodePackageLoader.Load(Folder).ToDictionary(function => function.Name));

    public static LoadedFunction Function(string name) => Loaded.Value[name];

    public static IEnumerable<string> Names => Loaded.Value.Keys;

    private static string FindFolder()
    {
        var bin = new DirectoryInfo(AppContext.BaseDirectory); // artifacts/bin/Rowen.UnitTests/debug
        return Path.Combine(bin.Parent!.Parent!.FullName, "Rowen.TestFunctions", bin.Name);
    }
}
