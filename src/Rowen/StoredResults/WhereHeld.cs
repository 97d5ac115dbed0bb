using System.Collections;
using Rowen.Protocol.Identifiers;

namespace Rowen.StoredResults;

/// <summary>Which executor has what items and results of one type stand for in its memory: so that a second step runs where its data is.</summary>
/// <typeparam name="T">Type of the items, or of the results. Only stored results, arrays of them, and such by key stand for something.</typeparam>
internal static class WhereHeld<T>
{
    private static readonly bool s_isOne = typeof(IStored).IsAssignableFrom(typeof(T));
    private static readonly bool s_isArray = typeof(IStored[]).IsAssignableFrom(typeof(T));
    private static readonly bool s_isByKey = typeof(T).IsGenericType
        && typeof(T).GetGenericTypeDefinition() == typeof(Dictionary<,>)
        && typeof(IStored).IsAssignableFrom(typeof(T).GenericTypeArguments[1]);

    /// <summary>Whether items of this type have a place where they run best.</summary>
    public static bool IsKnown => s_isOne || s_isArray;

    /// <summary>Remembers of a result whose executor made it.</summary>
    public static void Note(T result, LeaseId lease)
    {
        if (s_isOne)
        {
            ((IStored)result!).HeldBy = lease;
        }
        else if (s_isByKey)
        {
            foreach (IStored stored in ((IDictionary)result!).Values)
            {
                stored.HeldBy = lease;
            }
        }
    }

    /// <summary>The lease whose executor has most of an item's bytes; default if they are no one's.</summary>
    public static LeaseId Of(T item) => s_isOne ? OfOne((IStored)item!) : s_isArray ? OfMost((IStored[])(object)item!) : default;

    private static LeaseId OfOne(IStored stored) => stored.ObjectBytes > 0 ? stored.HeldBy : default;

    private static LeaseId OfMost(IStored[] many)
    {
        var bytes = new Dictionary<LeaseId, long>();
        foreach (IStored stored in many)
        {
            bytes[OfOne(stored)] = bytes.GetValueOrDefault(OfOne(stored)) + stored.ObjectBytes;
        }

        bytes.Remove(default);
        return bytes.Count == 0 ? default : bytes.MaxBy(each => each.Value).Key;
    }
}
