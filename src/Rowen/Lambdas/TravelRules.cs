using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Rowen.StoredResults;

namespace Rowen.Lambdas;

/// <summary>Which types can be copied into another process, how, and what to do instead where they cannot.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Fields of the program's own types, which are sent as they are.")]
internal static class TravelRules
{
    private const string NoCopy = "Rowen knows no way to copy it. Capture plain data, or create it in the lambda.";

    private const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The same types as in <see cref="TravelTable.Refused"/>, where it stands what to do instead.</summary>
    private static readonly (Type Type, string Instead)[] Refused =
    [
        .. new[]
        {
            typeof(CancellationToken),
            typeof(CancellationTokenSource),
            typeof(Task),
            typeof(ValueTask),
            typeof(ValueTask<>),
            typeof(Stream),
            typeof(TextReader),
            typeof(TextWriter),
            typeof(System.Net.Http.HttpMessageInvoker),
            typeof(System.Net.Sockets.Socket),
            typeof(System.Net.Sockets.TcpClient),
            typeof(System.Data.Common.DbConnection),
            typeof(Thread),
            typeof(Lock),
            typeof(SemaphoreSlim),
            typeof(ReaderWriterLockSlim),
            typeof(WaitHandle),
            typeof(Timer),
            typeof(System.Diagnostics.Process),
            typeof(System.Runtime.InteropServices.SafeHandle),
            typeof(System.Runtime.InteropServices.CriticalHandle),
            typeof(nint),
            typeof(nuint),
            typeof(Microsoft.Extensions.Logging.ILogger),
            typeof(MemberInfo),
            typeof(RowenClient),
            typeof(Lease),
            typeof(Function),
            typeof(Function<,>),
            typeof(RemoteMemory),
            typeof(MemoryRegion),
        }.Select(type => (type, TravelTable.Refused.Single(row => row.Type == type.FullName).Instead)),
    ];

    /// <summary>Classes of the framework whose fields are plain data, the same wherever the same framework runs.</summary>
    private static readonly HashSet<string> ByFields = new(StringComparer.Ordinal)
    {
        "System.Object", "System.Version", "System.Random", "System.Text.StringBuilder", "System.Runtime.CompilerServices.StrongBox`1",
        "System.Collections.Generic.List`1", "System.Collections.Generic.Queue`1", "System.Collections.Generic.Stack`1",
        "System.Collections.Generic.LinkedList`1", "System.Collections.Generic.LinkedListNode`1", "System.Collections.Generic.PriorityQueue`2",
        "System.Collections.Generic.Dictionary`2+KeyCollection", "System.Collections.Generic.Dictionary`2+ValueCollection",
        "System.Collections.ObjectModel.Collection`1", "System.Collections.ObjectModel.KeyedCollection`2",
        "System.Collections.ObjectModel.ReadOnlyCollection`1", "System.Collections.ObjectModel.ReadOnlyDictionary`2",
        "System.Collections.ArrayList", "System.Collections.BitArray",
        "System.Collections.Immutable.ImmutableList`1", "System.Collections.Immutable.ImmutableList`1+Node",
        "System.Collections.Immutable.ImmutableSortedDictionary`2", "System.Collections.Immutable.ImmutableSortedDictionary`2+Node",
        "System.Collections.Immutable.ImmutableSortedSet`1", "System.Collections.Immutable.ImmutableSortedSet`1+Node",
        "System.Collections.Immutable.ImmutableStack`1", "System.Collections.Immutable.ImmutableQueue`1",
        "System.Net.IPAddress", "System.Net.IPEndPoint", "System.OrdinalComparer", "System.OrdinalCaseSensitiveComparer",
        "System.OrdinalIgnoreCaseComparer", "System.DBNull",
        "System.Collections.Generic.ComparisonComparer`1", "System.Collections.Generic.DelegateEqualityComparer`1",
    };

    /// <summary>The full names of what is refused, for the test that both lists are one.</summary>
    internal static IEnumerable<string> RefusedNames => Refused.Select(row => row.Type.FullName!);

    /// <summary>What is made anew from a few texts.</summary>
    public static bool IsParsed(object value) => value is Uri or Regex or CultureInfo or Encoding or TimeZoneInfo
        || (value is StringComparer comparer && StringComparer.IsWellKnownCultureAwareComparer(comparer, out _, out _));

    /// <summary>Why a type's objects cannot be copied, as a sentence that says what to do; null if they can.</summary>
    public static string? RefusalOrNone(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer || type.IsByRefLike)
        {
            return "An address means nothing in another process.";
        }

        foreach ((Type refused, string instead) in Refused)
        {
            if (Is(type, refused))
            {
                return instead;
            }
        }

        if (type.IsValueType || type.IsArray)
        {
            return null; // their fields and elements tell
        }

        for (Type? each = type; each is not null; each = each.BaseType)
        {
            if (!CodeOrigin.IsShipped(each) && !IsCopiedByFields(each))
            {
                return CollectionForms.KindOf(each) != CollectionKind.None
                    ? $"It derives from {MemberNames.Of(each)}, which is filled anew there: hold one in a field instead."
                    : TravelTable.InsteadOrNone(DefinitionName(each)) ?? (each == type ? NoCopy : $"It derives from {MemberNames.Of(each)}. {NoCopy}");
            }
        }

        return null;
    }

    private static bool Is(Type type, Type refused)
    {
        if (refused.IsGenericTypeDefinition)
        {
            return type.IsGenericType && type.GetGenericTypeDefinition() == refused;
        }

        return refused.IsAssignableFrom(type) && !(refused == typeof(MemberInfo) && typeof(Type).IsAssignableFrom(type));
    }

    private static bool IsCopiedByFields(Type type)
    {
        string name = DefinitionName(type);
        bool isQuery = name.StartsWith("System.Linq.", StringComparison.Ordinal) && !name.StartsWith("System.Linq.Lookup", StringComparison.Ordinal)
            && !name.StartsWith("System.Linq.Expressions.", StringComparison.Ordinal) && !name.StartsWith("System.Linq.Parallel", StringComparison.Ordinal);
        return isQuery
            || ByFields.Contains(name)
            || typeof(StoredFunction).IsAssignableFrom(type)
            || type == typeof(ResultPlace)
            || name.StartsWith("System.Random+", StringComparison.Ordinal)
            || name.StartsWith("System.Tuple`", StringComparison.Ordinal)
            || (IsComparer(name) && type.GetFields(OwnFields).Length == 0)
            || (type.IsAbstract && type.GetFields(OwnFields).Length == 0); // a base that holds nothing
    }

    private static bool IsComparer(string name) => name.StartsWith("System.Collections.Generic.", StringComparison.Ordinal)
        && name.Contains("Comparer", StringComparison.Ordinal);

    private static string DefinitionName(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name;
}
