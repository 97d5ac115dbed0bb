using System.Reflection;
using Rowen.Protocol.ControlMessages;

namespace Rowen.Lambdas;

/// <summary>Assemblies, types, methods and lists of fields that a graph names, each once.</summary>
/// <remarks>
/// <code>
/// assemblies   count, then for each: name, and the 16 bytes of its module's version if its code is sent, else none
/// types        count, then for each: kind 0, assembly, full name | 1, definition, arguments | 2, element | 3, element, rank
/// methods      count, then for each: type, token (0 for the framework's), name, parameter types, type arguments
/// shapes       count, then for each: type, count, then for each field: declaring type, name, type
/// </code>
/// Numbers count from 0 and refer to what stands before. Methods of code that is sent go by their token, because both ends
/// hold the same file; the framework's by name and parameters, because its files may differ.
/// </remarks>
internal sealed class GraphTables(SlotWalk walk)
{
    private readonly Dictionary<Assembly, int> _assemblies = [];
    private readonly Dictionary<Type, int> _types = [];
    private readonly Dictionary<MethodInfo, int> _methods = [];
    private readonly Dictionary<Type, int> _shapes = [];
    private readonly MessageWriter _assemblyRows = new();
    private readonly MessageWriter _typeRows = new();
    private readonly MessageWriter _methodRows = new();
    private readonly MessageWriter _shapeRows = new();

    /// <summary>Assemblies whose code has to be sent.</summary>
    public IEnumerable<Assembly> Shipped => _assemblies.Keys.Where(CodeOrigin.IsShipped);

    /// <summary>A type's number.</summary>
    public int Type(Type type)
    {
        if (_types.TryGetValue(type, out int known))
        {
            return known;
        }

        if (type.IsArray)
        {
            int element = Type(type.GetElementType()!);
            _typeRows.U16(type.IsSZArray ? (ushort)2 : (ushort)3);
            _typeRows.I32(element);
            if (!type.IsSZArray)
            {
                _typeRows.I32(type.GetArrayRank());
            }
        }
        else if (type is { IsGenericType: true, IsGenericTypeDefinition: false })
        {
            int definition = Type(type.GetGenericTypeDefinition());
            int[] arguments = [.. type.GetGenericArguments().Select(Type)];
            _typeRows.U16(1);
            _typeRows.I32(definition);
            _typeRows.I32List(arguments);
        }
        else
        {
            int assembly = Assembly(type.Assembly);
            _typeRows.U16(0);
            _typeRows.I32(assembly);
            _typeRows.Text(type.FullName);
        }

        return _types[type] = _types.Count;
    }

    /// <summary>A method's number.</summary>
    public int Method(MethodInfo method)
    {
        if (_methods.TryGetValue(method, out int known))
        {
            return known;
        }

        int declaring = Type(method.DeclaringType!);
        int[] parameters = [.. method.GetParameters().Where(parameter => !parameter.ParameterType.IsByRef).Select(parameter => Type(parameter.ParameterType))];
        int[] arguments = [.. method.IsGenericMethod ? method.GetGenericArguments().Select(Type) : []];
        _methodRows.I32(declaring);
        _methodRows.I32(CodeOrigin.IsShipped(method.Module.Assembly) ? method.MetadataToken : 0);
        _methodRows.Text(method.Name);
        _methodRows.I32List(parameters);
        _methodRows.I32List(arguments);
        return _methods[method] = _methods.Count;
    }

    /// <summary>The number of the list of a type's fields that travel.</summary>
    public int Shape(Type type)
    {
        if (_shapes.TryGetValue(type, out int known))
        {
            return known;
        }

        (int Declaring, string Name, int Type)[] fields = [.. walk.FieldsThatTravel(type)
            .Select(field => (Type(field.DeclaringType!), field.Name, Type(field.FieldType)))];
        _shapeRows.I32(Type(type));
        _shapeRows.I32(fields.Length);
        foreach ((int declaring, string name, int fieldType) in fields)
        {
            _shapeRows.I32(declaring);
            _shapeRows.Text(name);
            _shapeRows.I32(fieldType);
        }

        return _shapes[type] = _shapes.Count;
    }

    /// <summary>Writes them all.</summary>
    public void WriteTo(MessageWriter writer)
    {
        Write(writer, _assemblies.Count, _assemblyRows);
        Write(writer, _types.Count, _typeRows);
        Write(writer, _methods.Count, _methodRows);
        Write(writer, _shapes.Count, _shapeRows);
    }

    private static void Write(MessageWriter writer, int count, MessageWriter rows)
    {
        writer.I32(count);
        writer.Bytes(rows.ToArray());
    }

    private int Assembly(Assembly assembly)
    {
        if (!_assemblies.TryGetValue(assembly, out int number))
        {
            _assemblyRows.Text(assembly.GetName().Name!);
            _assemblyRows.Bytes(CodeOrigin.IsShipped(assembly) ? assembly.ManifestModule.ModuleVersionId.ToByteArray() : []);
            number = _assemblies[assembly] = _assemblies.Count;
        }

        return number;
    }
}
