namespace Rowen.Protocol.ControlMessages;

/// <summary>A message, or a part of one, that goes over a control socket. Its fields follow each other as its byte table says.</summary>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IControlMessage<TSelf>
    where TSelf : class, IControlMessage<TSelf>
{
    /// <summary>Writes the fields.</summary>
    /// <param name="writer">Takes them.</param>
    public void WriteTo(MessageWriter writer);

    /// <summary>Reads the fields in the same order.</summary>
    /// <param name="reader">Gives them; what is read from damaged bytes means nothing (<see cref="MessageReader.IsWhole"/>).</param>
    public static abstract TSelf ReadFrom(ref MessageReader reader);
}
