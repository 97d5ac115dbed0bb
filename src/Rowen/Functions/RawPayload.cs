namespace Rowen.Functions;

/// <summary>Bytes that travel as they are, to and from a function of whatever types: for those who carry payloads that others made.</summary>
/// <param name="Bytes">They.</param>
/// <param name="Fault">Why there are none: sending it throws this.</param>
internal readonly record struct RawPayload(ReadOnlyMemory<byte> Bytes, Exception? Fault = null);
