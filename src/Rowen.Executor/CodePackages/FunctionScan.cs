using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Rowen.Executor.CodePackages;

/// <summary>Finds the methods marked <c>[Function]</c> of one file by reading its tables, so that only what is used is loaded.</summary>
internal static class FunctionScan
{
    /// <summary>Adds what the file holds; nothing if it is no .NET assembly.</summary>
    /// <returns>Whether it is one.</returns>
    /// <exception cref="BadImageFormatException">The file is damaged.</exception>
    public static bool Scan(string assemblyPath, List<FoundFunction> found)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        if (!image.HasMetadata)
        {
            return false;
        }

        MetadataReader reader = image.GetMetadataReader();
        if (FindAttributeOrNone(reader) is not { IsNil: false } attributeType)
        {
            return true;
        }

        foreach (CustomAttributeHandle handle in reader.CustomAttributes)
        {
            CustomAttribute attribute = reader.GetCustomAttribute(handle);
            if (attribute.Parent.Kind == HandleKind.MethodDefinition
                && attribute.Constructor.Kind == HandleKind.MemberReference
                && reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent == attributeType)
            {
                found.Add(Describe(reader, attribute, assemblyPath));
            }
        }

        return true;
    }

    private static TypeReferenceHandle FindAttributeOrNone(MetadataReader reader)
    {
        foreach (TypeReferenceHandle handle in reader.TypeReferences)
        {
            TypeReference type = reader.GetTypeReference(handle);
            if (reader.StringComparer.Equals(type.Name, "FunctionAttribute")
                && reader.StringComparer.Equals(type.Namespace, "Rowen.Functions"))
            {
                return handle;
            }
        }

        return default;
    }

    private static FoundFunction Describe(MetadataReader reader, CustomAttribute attribute, string assemblyPath)
    {
        var handle = (MethodDefinitionHandle)attribute.Parent;
        MethodDefinition method = reader.GetMethodDefinition(handle);
        string methodName = reader.GetString(method.Name);
        return new FoundFunction(
            ReadNameOrNone(reader, attribute) ?? methodName,
            $"{TypeName(reader, method.GetDeclaringType())}.{methodName}",
            assemblyPath,
            MetadataTokens.GetToken(handle));
    }

    /// <summary>The attribute's one argument, if it has one: after the two bytes 01 00 that begin every attribute's value.</summary>
    private static string? ReadNameOrNone(MetadataReader reader, CustomAttribute attribute)
    {
        var constructor = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor);
        BlobReader signature = reader.GetBlobReader(constructor.Signature);
        _ = signature.ReadSignatureHeader();
        if (signature.ReadCompressedInteger() == 0)
        {
            return null;
        }

        BlobReader value = reader.GetBlobReader(attribute.Value);
        _ = value.ReadUInt16();
        return value.ReadSerializedString();
    }

    private static string TypeName(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer ? $"{TypeName(reader, outer)}.{name}"
            : type.Namespace.IsNil ? name
            : $"{reader.GetString(type.Namespace)}.{name}";
    }
}
