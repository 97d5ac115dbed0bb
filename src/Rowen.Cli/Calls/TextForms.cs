using System.Numerics;

namespace Rowen.Cli.Calls;

/// <summary>Which types have a text form. Strings, bytes and JSON travel as text anyway; structs have none.</summary>
internal static class TextForms
{
    private static readonly Dictionary<string, TextForm> Forms = Create();

    /// <summary>The form of a type, by the name that a function's description gives it.</summary>
    public static TextForm? Find(string typeName) => Forms.GetValueOrDefault(typeName);

    private static Dictionary<string, TextForm> Create()
    {
        var forms = new Dictionary<string, TextForm>(StringComparer.Ordinal);
        AddReal<double>(forms);
        AddReal<float>(forms);
        AddReal<Half>(forms);
        AddReal<decimal>(forms);
        AddWhole<sbyte>(forms);
        AddWhole<byte>(forms);
        AddWhole<short>(forms);
        AddWhole<ushort>(forms);
        AddWhole<int>(forms);
        AddWhole<uint>(forms);
        AddWhole<long>(forms);
        AddWhole<ulong>(forms);
        AddWhole<Int128>(forms);
        AddWhole<UInt128>(forms);
        Add(forms, new TruthText());
        Add(forms, new CharacterText());
        forms.Remove($"{typeof(byte)}[]"); // bytes: any text is some already
        return forms;
    }

    private static void AddReal<T>(Dictionary<string, TextForm> forms)
        where T : unmanaged, INumberBase<T>, IMinMaxValue<T> => Add(forms, new NumberText<T>("3.5", "[3.5, -2]"));

    private static void AddWhole<T>(Dictionary<string, TextForm> forms)
        where T : unmanaged, INumberBase<T>, IMinMaxValue<T> => Add(forms, new NumberText<T>("42", "[42, 7]"));

    private static void Add<T>(Dictionary<string, TextForm> forms, ElementText<T> form)
        where T : unmanaged
    {
        forms.Add($"{typeof(T)}", form);
        forms.Add($"{typeof(T)}[]", new ArrayText<T>(form));
    }
}
