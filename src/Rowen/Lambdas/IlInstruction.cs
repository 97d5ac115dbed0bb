using System.Reflection.Emit;

namespace Rowen.Lambdas;

/// <summary>One instruction of a method's body.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Code">What it does.</param>
/// <param name="Operand">Its number: a token, an index, or the offset of where it jumps to; of others, nothing.</param>
/// <param name="Targets">Where a switch jumps to.</param>
internal readonly record struct IlInstruction(int Offset, OpCode Code, int Operand, int[] Targets);
