using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>A function over a native library that lies where NuGet packages keep theirs.</summary>
public static class Layered
{
    [Function]
    public static int Triple(int number) => TripleNatively(number);

    [DllImport("layered", EntryPoint = "layered_triple")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "LibraryImport would need unsafe code here.")]
    private static extern int TripleNatively(int number);
}
