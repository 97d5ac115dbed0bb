namespace Rowen.Fabric.ControlSockets;

/// <summary>Takes one message of a control socket.</summary>
/// <param name="kind">Meaning of the payload.</param>
/// <param name="payload">The message; hostile until parsed, valid during the call only.</param>
public delegate void ControlMessageHandler(byte kind, ReadOnlySpan<byte> payload);
