using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Rowen.Functions.ReadyToRun;

/// <summary>What a file of a code package is to a compiler: an assembly, and one that has something to compile.</summary>
/// <param name="IsManaged">Whether it has metadata, which other assemblies can be compiled against.</param>
/// <param name="IsUncompiled">Whether it has methods, and only as IL.</param>
internal readonly record struct AssemblyFile(bool IsManaged, bool IsUncompiled)
{
    /// <summary>Looks at a file. What is no assembly is neither; nor is a native library, on whatever system.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static AssemblyFile Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        try
        {
            using var reader = new PEReader(file, PEStreamOptions.LeaveOpen);
            return reader.HasMetadata && reader.PEHeaders.CorHeader is { } header
                ? new AssemblyFile(IsManaged: true, IsIlAlone(header) && reader.GetMetadataReader().MethodDefinitions.Count > 0)
                : default;
        }
        catch (BadImageFormatException)
        {
            return default;
        }
    }

    /// <summary>Compiled assemblies say so by a native header; those of C++/CLI by the lack of the flag.</summary>
    private static bool IsIlAlone(CorHeader header) => header.ManagedNativeHeaderDirectory.Size == 0 && header.Flags.HasFlag(CorFlags.ILOnly);
}
