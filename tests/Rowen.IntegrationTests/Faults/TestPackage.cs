using Rowen.Functions;

namespace Rowen.IntegrationTests.Faults;

/// <summary>The functions of tests/Rowen.TestFunctions, as they were built with these tests.</summary>
internal static class TestPackage
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Rowen.TestFunctions", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'))));

    public static CodePackage Code { get; } = CodePackage.FromFolder(Folder);
}
