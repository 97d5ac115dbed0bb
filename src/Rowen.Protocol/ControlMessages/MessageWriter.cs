using System.Buffers.Binary;
using System.Text;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.ControlMessages;

/// <summary>Writes the fields of a control message: little-endian numbers; texts and lists after their length.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class MessageWriter
{
    /// <summary>Stands in place of a text's length for a text that is absent.</summary>
    internal const uint NoText = uint.MaxValue;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>A number of 16 bits.</summary>
    /// <param name="value">The number.</param>
    public void U16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    /// <summary>A number of 32 bits.</summary>
    /// <param name="value">The number.</param>
    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    /// <summary>A signed number of 32 bits.</summary>
    /// <param name="value">The number.</param>
    public void I32(int value) => U32((uint)value);

    /// <summary>A number of 64 bits.</summary>
    /// <param name="value">The number.</param>
    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    /// <summary>A signed number of 64 bits.</summary>
    /// <param name="value">The number.</param>
    public void I64(long value) => U64((ulong)value);

    /// <summary>Yes or no: one byte, 1 or 0.</summary>
    /// <param name="value">The flag.</param>
    public void Flag(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>Bytes: their number in 32 bits, then they.</summary>
    /// <param name="value">The bytes.</param>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        U32((uint)value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <summary>A text in UTF-8, as <see cref="Bytes"/>; an absent one is the number 2³²−1 alone.</summary>
    /// <param name="value">The text, or null.</param>
    public void Text(string? value)
    {
        if (value is null)
        {
            U32(NoText);
        }
        else
        {
            Bytes(Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>A code package's 64 digits, as a text; absent for none.</summary>
    /// <param name="value">The package.</param>
    public void Package(CodePackageId value) => Text(value.Value);

    /// <summary>Numbers: how many in 32 bits, then each.</summary>
    /// <param name="values">The numbers.</param>
    public void I32List(IReadOnlyList<int> values)
    {
        I32(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            I32(values[i]);
        }
    }

    /// <summary>Texts: how many in 32 bits, then each.</summary>
    /// <param name="values">The texts.</param>
    public void TextList(IReadOnlyList<string> values)
    {
        I32(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            Text(values[i]);
        }
    }

    /// <summary>Parts with fields of their own: how many in 32 bits, then each.</summary>
    /// <typeparam name="T">A part's type.</typeparam>
    /// <param name="values">The parts.</param>
    public void List<T>(IReadOnlyList<T> values)
        where T : class, IControlMessage<T>
    {
        I32(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            values[i].WriteTo(this);
        }
    }

    /// <summary>A part that may be absent: a <see cref="Flag"/>, then its fields if it is there.</summary>
    /// <typeparam name="T">The part's type.</typeparam>
    /// <param name="value">The part, or null.</param>
    public void Optional<T>(T? value)
        where T : class, IControlMessage<T>
    {
        Flag(value is not null);
        value?.WriteTo(this);
    }

    /// <summary>A copy of what was written so far.</summary>
    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_length + count, 2 * _bytes.Length));
        }

        Span<byte> taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }
}
