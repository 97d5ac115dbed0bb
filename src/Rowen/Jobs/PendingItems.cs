using System.Globalization;
using System.Text;
using Rowen.Commands;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>The items of a job that have no result yet, as payloads, and which is which.</summary>
/// <remarks>Enumerated by one thread; asked for positions by another.</remarks>
internal sealed class PendingItems
{
    private readonly JobFiles _files;
    private readonly JobItems _items;
    private readonly ItemState[] _states;
    private readonly int[]? _positions;
    private readonly Func<byte[], byte[]> _encode;
    private volatile bool _isClosed;

    /// <summary>Items of a job.</summary>
    /// <param name="files">Where they lie.</param>
    /// <param name="items">What they are.</param>
    /// <param name="states">Which of them are settled; copied.</param>
    /// <param name="encode">Makes the function's payload of an item's text.</param>
    public PendingItems(JobFiles files, JobItems items, IReadOnlyList<ItemState> states, Func<byte[], byte[]> encode)
    {
        _files = files;
        _items = items;
        _encode = encode;
        _states = [.. states];
        bool isWhole = Array.TrueForAll(_states, static state => state == ItemState.Pending);
        _positions = isWhole ? null : [.. Enumerable.Range(0, _states.Length).Where(item => _states[item] == ItemState.Pending)];
        Count = _positions?.Length ?? _states.Length;
    }

    public int Count { get; }

    /// <summary>Hands out no more.</summary>
    public void Close() => _isClosed = true;

    /// <summary>The item that was handed out so many places after the first.</summary>
    public long PositionOf(long index) => _positions is null ? index : _positions[index];

    public IEnumerable<RawPayload> Read() => ReadBytes().Select(Encode);

    /// <summary>The commands of items that are texts.</summary>
    /// <param name="plan">What makes them.</param>
    public IEnumerable<CommandItem> ReadCommands(CommandPlan plan) => ReadBytes().Select((bytes, index) =>
    {
        string text = Encoding.UTF8.GetString(bytes);
        return plan.Create(_items.ToValues(PositionOf(index), text));
    });

    private IEnumerable<byte[]> ReadBytes()
    {
        long item = 0;
        foreach (byte[] bytes in ReadAll())
        {
            if (_isClosed)
            {
                yield break;
            }

            if (_states[item++] == ItemState.Pending)
            {
                yield return bytes;
            }
        }
    }

    private IEnumerable<byte[]> ReadAll() => _items.IsRange
        ? Enumerable.Range(0, (int)_items.Count).Select(i => Encoding.ASCII.GetBytes((_items.First + i).ToString(CultureInfo.InvariantCulture)))
        : ItemFile.Read(_files.Items);

    /// <summary>What cannot be encoded fails alone, as if the function had refused it.</summary>
    private RawPayload Encode(byte[] item)
    {
        if (!_items.AreText)
        {
            return new RawPayload(item);
        }

        try
        {
            return new RawPayload(_encode(item));
        }
        catch (RowenException fault)
        {
            return new RawPayload(default, fault);
        }
    }
}
