using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Rowen.Lambdas;

/// <summary>Takes a method's body apart into instructions.</summary>
internal static class IlReader
{
    private const byte TwoBytes = 0xFE;

    private static readonly OpCode[] Short = new OpCode[256];
    private static readonly OpCode[] Long = new OpCode[256];

    static IlReader()
    {
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? Short : Long)[(byte)code.Value] = code;
        }
    }

    /// <exception cref="BadImageFormatException">The bytes are no instructions.</exception>
    public static List<IlInstruction> Read(byte[] il)
    {
        var instructions = new List<IlInstruction>(il.Length / 2);
        int offset = 0;
        while (offset < il.Length)
        {
            instructions.Add(ReadOne(il, ref offset));
        }

        return instructions;
    }

    private static IlInstruction ReadOne(byte[] il, ref int offset)
    {
        int start = offset;
        offset++;
        try
        {
            OpCode code = il[start] == TwoBytes ? Long[il[offset++]] : Short[il[start]];
            int[] targets = [];
            int operand = code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineI or OperandType.ShortInlineVar => il[Take(ref offset, 1)],
                OperandType.InlineVar => BinaryPrimitives.ReadUInt16LittleEndian(il.AsSpan(Take(ref offset, 2))),
                OperandType.InlineI8 or OperandType.InlineR => Skip(ref offset, 8),
                OperandType.ShortInlineBrTarget => (sbyte)il[Take(ref offset, 1)] + offset,
                OperandType.InlineBrTarget => ReadInt32(il, ref offset) + offset,
                OperandType.InlineSwitch => ReadSwitch(il, ref offset, out targets),
                _ => ReadInt32(il, ref offset),
            };
            return new IlInstruction(start, code, operand, targets);
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new BadImageFormatException($"The method's body ends within an instruction at {start}.", exception);
        }
    }

    private static int ReadSwitch(byte[] il, ref int offset, out int[] targets)
    {
        int count = ReadInt32(il, ref offset);
        if ((uint)count > (uint)il.Length)
        {
            throw new BadImageFormatException($"A switch jumps to {count} places.");
        }

        int end = offset + (4 * count);
        targets = new int[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = ReadInt32(il, ref offset) + end;
        }

        return 0;
    }

    private static int ReadInt32(byte[] il, ref int offset) => BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(Take(ref offset, 4)));

    private static int Take(ref int offset, int count)
    {
        int at = offset;
        offset += count;
        return at;
    }

    private static int Skip(ref int offset, int count)
    {
        offset += count;
        return 0;
    }
}
