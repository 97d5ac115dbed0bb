namespace Rowen.LentMemory;

/// <summary>A range that lies together in one part of a region.</summary>
/// <param name="Part">Index of the part.</param>
/// <param name="Offset">First byte in the part.</param>
/// <param name="LengthBytes">How many bytes.</param>
internal readonly record struct StripePiece(int Part, long Offset, long LengthBytes);
