using System.Reflection;
using Rowen.Executor.CodePackages;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Lambdas;

/// <summary>Assemblies, types, methods and lists of fields that a graph names, found in this process. See GraphTables.</summary>
internal sealed class GraphNames
{
    private const BindingFlags Everything =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly Assembly[] _assemblies;
    private Type[] _types;
    private readonly MethodInfo[] _methods;
    private readonly GraphShape[] _shapes;

    /// <param name="reader">Stands at the tables; behind them afterwards.</param>
    /// <param name="code">Where the package's assemblies live; null if no package is needed.</param>
    /// <exception cref="RowenException">A name means nothing here.</exception>
    public GraphNames(ref MessageReader reader, CodePackageContext? code)
    {
        _assemblies = Read(ref reader, (ref MessageReader row, int _) => ReadAssembly(ref row, code));
        _types = [];
        _types = Read(ref reader, (ref MessageReader row, int known) => ReadType(ref row, known), known => _types = known);
        _methods = Read(ref reader, (ref MessageReader row, int _) => ReadMethod(ref row));
        _shapes = Read(ref reader, (ref MessageReader row, int _) => ReadShape(ref row));
    }

    private delegate T RowReader<T>(ref MessageReader row, int known);

    public Type Type(int number) => At(_types, number);

    public MethodInfo Method(int number) => At(_methods, number);

    public GraphShape Shape(int number) => At(_shapes, number);

    /// <summary>A damaged graph: nothing in it can be trusted.</summary>
    public static RowenException Damaged(string why) =>
        new(ErrorCode.MalformedInput, $"What the lambda captures arrived damaged: {why}.");

    private static T[] Read<T>(ref MessageReader reader, RowReader<T> read, Action<T[]>? begin = null)
    {
        int count = reader.I32();
        byte[] bytes = reader.Bytes();
        if (count < 0 || count > bytes.Length)
        {
            throw Damaged($"{count} rows in {bytes.Length} bytes");
        }

        var rows = new MessageReader(bytes);
        var result = new T[count];
        begin?.Invoke(result);
        for (int i = 0; i < count; i++)
        {
            result[i] = read(ref rows, i);
        }

        return rows.IsWhole ? result : throw Damaged($"a table of {typeof(T).Name}s does not end where it should");
    }

    private static Assembly ReadAssembly(ref MessageReader row, CodePackageContext? code)
    {
        string name = row.Text();
        byte[] version = row.Bytes();
        if (version.Length == 0)
        {
            return Assembly.Load(new AssemblyName(name));
        }

        if (version.Length != 16 || code is null)
        {
            throw Damaged($"the assembly {name} is of no code package");
        }

        Assembly assembly = code.LoadFromAssemblyName(new AssemblyName(name));
        return assembly.ManifestModule.ModuleVersionId == new Guid(version)
            ? assembly
            : throw new RowenException(
                ErrorCode.PackageUnusable,
                $"{name} of the code package is not the one that the caller runs: it was built again since. Restart the program that calls.");
    }

    private Type ReadType(ref MessageReader row, int known)
    {
        ushort kind = row.U16();
        switch (kind)
        {
            case 0:
                Assembly assembly = At(_assemblies, row.I32());
                string name = row.Text();
                return assembly.GetType(name, throwOnError: false)
                    ?? throw new RowenException(ErrorCode.PackageUnusable, $"{assembly.GetName().Name} has no type {name} on this node.");
            case 1:
                Type definition = Earlier(row.I32(), known);
                int[] arguments = row.I32List();
                return definition.MakeGenericType([.. arguments.Select(argument => Earlier(argument, known))]);
            case 2:
                return Earlier(row.I32(), known).MakeArrayType();
            case 3:
                Type element = Earlier(row.I32(), known);
                int rank = row.I32();
                return rank is >= 1 and <= 32 ? element.MakeArrayType(rank) : throw Damaged($"an array of {rank} dimensions");
            default:
                throw Damaged($"a type of kind {kind}");
        }
    }

    private Type Earlier(int number, int known) => number < known ? At(_types, number) : throw Damaged($"type {number} stands after {known}");

    private MethodInfo ReadMethod(ref MessageReader row)
    {
        Type declaring = Type(row.I32());
        int token = row.I32();
        string name = row.Text();
        Type[] parameters = [.. row.I32List().Select(Type)];
        Type[] arguments = [.. row.I32List().Select(Type)];
        MethodInfo? method = token != 0
            ? OfToken(declaring, token, name)
            : declaring.GetMethods(Everything).FirstOrDefault(each => Matches(each, name, parameters, arguments.Length));
        return method is null ? throw Damaged($"{declaring} has no method {name}")
            : method.IsGenericMethodDefinition ? method.MakeGenericMethod(arguments)
            : method;
    }

    private static MethodInfo? OfToken(Type declaring, int token, string name)
    {
        var method = declaring.Module.ResolveMethod(token) as MethodInfo;
        bool isRight = method?.Name == name && method.DeclaringType is { } owner
            && (owner == declaring || (declaring.IsGenericType && owner == declaring.GetGenericTypeDefinition()));
        return isRight ? (MethodInfo)MethodBase.GetMethodFromHandle(method!.MethodHandle, declaring.TypeHandle)! : null;
    }

    private static bool Matches(MethodInfo method, string name, Type[] parameters, int arity)
    {
        if (method.Name != name || (method.IsGenericMethodDefinition ? method.GetGenericArguments().Length : 0) != arity)
        {
            return false;
        }

        ParameterInfo[] own = method.GetParameters();
        return own.Length == parameters.Length
            && (arity > 0 || own.Select(parameter => parameter.ParameterType).SequenceEqual(parameters));
    }

    private GraphShape ReadShape(ref MessageReader row)
    {
        Type type = Type(row.I32());
        int count = row.I32();
        var fields = new List<FieldInfo>();
        for (int i = 0; i < count; i++)
        {
            Type declaring = Type(row.I32());
            string name = row.Text();
            Type fieldType = Type(row.I32());
            FieldInfo? field = declaring.IsAssignableFrom(type) ? declaring.GetField(name, Everything & ~BindingFlags.Static) : null;
            fields.Add(field?.FieldType == fieldType
                ? field
                : throw new RowenException(
                    ErrorCode.PackageUnusable,
                    $"{declaring}.{name} is not here what it is at the caller: both need the same version of .NET. This node has {Environment.Version}."));
        }

        return new GraphShape(type, [.. fields]);
    }

    private static T At<T>(T[] all, int number) => (uint)number < (uint)all.Length
        ? all[number]
        : throw Damaged($"{typeof(T).Name} {number} of {all.Length}");
}
