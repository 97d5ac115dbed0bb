using Rowen.Functions;

namespace Rowen.IntegrationTests.Faults;

/// <summary>The functions of tests/Rowen.TestFunctions, as they were built with these tests.</summary>
internal static class TestPackage
{
    public static CodePackage Code { get; } = CodePackage.FromFolder(Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Rowen.TestFunctions", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')))));
}
