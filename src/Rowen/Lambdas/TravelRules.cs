using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Rowen.Lambdas;

/// <summary>Which types can be copied into another process, how, and what to do instead where they cannot.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Fields of the program's own types, which are sent as they are.")]
internal static class TravelRules
{
    private const string NoCopy = "Rowen knows no way to copy it. Capture plain data, or create it in the lambda.";

    private const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly (Type Type, string Instead)[] Refused =
    [
        (typeof(CancellationToken), "Give a token to MapAsync or InvokeAsync instead, or set a deadline: both end the wait from outside."),
        (typeof(CancellationTokenSource), "Give a token to MapAsync or InvokeAsync instead, or set a deadline: both end the wait from outside."),
        (typeof(Task), "Await it first, and capture its result."),
        (typeof(ValueTask), "Await it first, and capture its result."),
        (typeof(ValueTask<>), "Await it first, and capture its result."),
        (typeof(Stream), "Capture the path or the bytes, and open it in the lambda."),
        (typeof(TextReader), "Capture the path or the text, and open it in the lambda."),
        (typeof(TextWriter), "Return what is to be written, or write to Console in the lambda: `rowen logs` shows it."),
        (typeof(System.Net.Http.HttpMessageInvoker), "Create it in the lambda, or in a static field: each executor then has its own."),
        (typeof(System.Net.Sockets.Socket), "Connect in the lambda, or in a static field: each executor then has its own connection."),
        (typeof(System.Net.Sockets.TcpClient), "Connect in the lambda, or in a static field: each executor then has its own connection."),
        (typeof(System.Data.Common.DbConnection), "Connect in the lambda, or in a static field: each executor then has its own connection."),
        (typeof(Thread), "A thread stays in its process."),
        (typeof(Lock), "A lock holds nobody in another process. Have each item return its part, and combine the results."),
        (typeof(SemaphoreSlim), "A semaphore holds nobody in another process. The number of leased cores bounds what runs at once."),
        (typeof(ReaderWriterLockSlim), "A lock holds nobody in another process. Have each item return its part, and combine the results."),
        (typeof(WaitHandle), "It holds nobody in another process."),
        (typeof(Timer), "A timer stays in its process."),
        (typeof(System.Diagnostics.Process), "A process stays on its machine."),
        (typeof(System.Runtime.InteropServices.SafeHandle), "A handle means nothing in another process."),
        (typeof(System.Runtime.InteropServices.CriticalHandle), "A handle means nothing in another process."),
        (typeof(nint), "An address means nothing in another process. For a number use long."),
        (typeof(nuint), "An address means nothing in another process. For a number use ulong."),
        (typeof(Microsoft.Extensions.Logging.ILogger), "Write to Console in the lambda: `rowen logs` shows it."),
        (typeof(MemberInfo), "Capture the Type, and look for the member in the lambda."),
        (typeof(RowenClient), "It belongs to this program. Connect in the lambda: RowenClient.ConnectAsync() finds the cluster that the lambda runs on."),
        (typeof(Lease), "A lease belongs to this program. Call its functions from here."),
        (typeof(Function), "It belongs to a lease of this program. Call it from here, or capture the method itself."),
        (typeof(Function<,>), "It belongs to a lease of this program. Call it from here, or capture the method itself."),
        (typeof(RemoteMemory), "It belongs to this program. Read it here, and capture what was read."),
        (typeof(MemoryRegion), "It belongs to this program. Read it here, and capture what was read."),
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
                    : InsteadOf(each) ?? (each == type ? NoCopy : $"It derives from {MemberNames.Of(each)}. {NoCopy}");
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

    private static string? InsteadOf(Type type) => DefinitionName(type) switch
    {
        "System.Lazy`1" => "Capture its Value.",
        "System.Threading.ThreadLocal`1" or "System.Threading.AsyncLocal`1" => "Capture its Value.",
        "System.Linq.Lookup`2" => "Capture what it was made of, and call ToLookup in the lambda.",
        { } name when name.StartsWith("System.Collections.Frozen.", StringComparison.Ordinal) =>
            "Capture the collection that it was made of, and freeze it in the lambda.",
        _ => null,
    };

    private static bool IsCopiedByFields(Type type)
    {
        string name = DefinitionName(type);
        bool isQuery = name.StartsWith("System.Linq.", StringComparison.Ordinal) && !name.StartsWith("System.Linq.Lookup", StringComparison.Ordinal)
            && !name.StartsWith("System.Linq.Expressions.", StringComparison.Ordinal) && !name.StartsWith("System.Linq.Parallel", StringComparison.Ordinal);
        return isQuery
            || ByFields.Contains(name)
            || name.StartsWith("System.Random+", StringComparison.Ordinal)
            || name.StartsWith("System.Tuple`", StringComparison.Ordinal)
            || (IsComparer(name) && type.GetFields(OwnFields).Length == 0)
            || (type.IsAbstract && type.GetFields(OwnFields).Length == 0); // a base that holds nothing
    }

    private static bool IsComparer(string name) => name.StartsWith("System.Collections.Generic.", StringComparison.Ordinal)
        && name.Contains("Comparer", StringComparison.Ordinal);

    private static string DefinitionName(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name;
}
