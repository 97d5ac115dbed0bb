using Microsoft.CodeAnalysis;
using Rowen.Lambdas;

namespace Rowen.Analyzers;

/// <summary>The types of the client's table, as one compilation knows them.</summary>
internal sealed class RefusedTypes
{
    private readonly Dictionary<ISymbol, string> _instead = new(SymbolEqualityComparer.Default);
    private readonly INamedTypeSymbol? _type;

    public RefusedTypes(Compilation compilation)
    {
        _type = compilation.GetTypeByMetadataName("System.Type");
        foreach ((string name, string instead) in TravelTable.Refused)
        {
            if (compilation.GetTypeByMetadataName(name) is { } type)
            {
                _instead[type] = instead;
            }
        }
    }

    /// <summary>What to do instead of capturing something of this type; null if it can travel, for all that its type says.</summary>
    public string? InsteadOrNone(ITypeSymbol? type)
    {
        if (type is null || IsType(type))
        {
            return null;
        }

        for (ITypeSymbol? each = type; each is not null; each = each.BaseType)
        {
            if (_instead.TryGetValue(each.OriginalDefinition, out string? instead)
                || (instead = TravelTable.InsteadOrNone(NameOf(each))) is not null)
            {
                return instead;
            }
        }

        foreach (INamedTypeSymbol each in type.AllInterfaces)
        {
            if (_instead.TryGetValue(each.OriginalDefinition, out string? instead))
            {
                return instead;
            }
        }

        return null;
    }

    /// <summary>A member of a type, but one that the client knows how to send.</summary>
    private bool IsType(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type, _type);

    private static string NameOf(ITypeSymbol type) => $"{type.ContainingNamespace?.ToDisplayString()}.{type.MetadataName}";
}
