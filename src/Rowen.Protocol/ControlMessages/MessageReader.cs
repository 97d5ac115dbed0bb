using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.ControlMessages;

/// <summary>Reads the fields of a control message, as <see cref="MessageWriter"/> writes them, from bytes that are hostile until read.</summary>
/// <remarks>
/// Never throws, and takes no more memory than the bytes themselves: what cannot be read is zero, empty or absent, and
/// <see cref="IsWhole"/> says so at the end.
/// </remarks>
/// <param name="bytes">The payload of a control frame.</param>
public ref struct MessageReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private bool _isDamaged;

    /// <summary>Whether every field was there and nothing is left.</summary>
    public readonly bool IsWhole => !_isDamaged && _rest.IsEmpty;

    /// <summary>Whether something was not there, or not what it should be: then nothing that is read from now on means anything.</summary>
    public readonly bool IsDamaged => _isDamaged;

    /// <summary>A number of 16 bits.</summary>
    public ushort U16() => TryTake(sizeof(ushort), out ReadOnlySpan<byte> taken) ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : (ushort)0;

    /// <summary>A number of 32 bits.</summary>
    public uint U32() => TryTake(sizeof(uint), out ReadOnlySpan<byte> taken) ? BinaryPrimitives.ReadUInt32LittleEndian(taken) : 0;

    /// <summary>A signed number of 32 bits.</summary>
    public int I32() => (int)U32();

    /// <summary>A number of 64 bits.</summary>
    public ulong U64() => TryTake(sizeof(ulong), out ReadOnlySpan<byte> taken) ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;

    /// <summary>A signed number of 64 bits.</summary>
    public long I64() => (long)U64();

    /// <summary>Yes or no; another byte than 1 or 0 is damage.</summary>
    public bool Flag()
    {
        byte value = TryTake(1, out ReadOnlySpan<byte> taken) ? taken[0] : (byte)0;
        _isDamaged |= value > 1;
        return value == 1;
    }

    /// <summary>Bytes.</summary>
    public byte[] Bytes() => TryTake(U32(), out ReadOnlySpan<byte> taken) ? taken.ToArray() : [];

    /// <summary>A text; an absent one is damage.</summary>
    public string Text()
    {
        string? text = TextOrNone();
        _isDamaged |= text is null;
        return text ?? string.Empty;
    }

    /// <summary>A text that may be absent; one that is no UTF-8 is damage.</summary>
    public string? TextOrNone()
    {
        uint length = U32();
        if (length == MessageWriter.NoText || !TryTake(length, out ReadOnlySpan<byte> taken))
        {
            return null;
        }

        _isDamaged |= !Utf8.IsValid(taken);
        return Encoding.UTF8.GetString(taken);
    }

    /// <summary>A code package; anything but 64 digits or none is damage.</summary>
    public CodePackageId Package()
    {
        string? digits = TextOrNone();
        _isDamaged |= !CodePackageId.TryParse(digits, null, out CodePackageId package) && digits is not null;
        return package;
    }

    /// <summary>Numbers.</summary>
    public int[] I32List()
    {
        int[] values = new int[Count(sizeof(int))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = I32();
        }

        return values;
    }

    /// <summary>Texts.</summary>
    public string[] TextList()
    {
        string[] values = new string[Count(sizeof(uint))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Text();
        }

        return values;
    }

    /// <summary>Parts with fields of their own.</summary>
    /// <typeparam name="T">A part's type; at least four bytes long on the wire.</typeparam>
    public T[] List<T>()
        where T : class, IControlMessage<T>
    {
        var values = new T[Count(sizeof(uint))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = T.ReadFrom(ref this);
        }

        return values;
    }

    /// <summary>A part that may be absent.</summary>
    /// <typeparam name="T">The part's type.</typeparam>
    public T? Optional<T>()
        where T : class, IControlMessage<T> => Flag() ? T.ReadFrom(ref this) : null;

    /// <summary>How many elements follow. More than the rest can hold is damage, found before memory is taken for them.</summary>
    private int Count(int minElementBytes)
    {
        uint count = U32();
        if (count > (uint)(_rest.Length / minElementBytes))
        {
            _isDamaged = true;
            return 0;
        }

        return (int)count;
    }

    private bool TryTake(uint count, out ReadOnlySpan<byte> taken)
    {
        _isDamaged |= count > (uint)_rest.Length;
        taken = _isDamaged ? default : _rest[..(int)count];
        _rest = _rest[taken.Length..];
        return !_isDamaged;
    }
}
