using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Executors;

/// <summary>Why an executor is about to end itself, where it knows: the exit code alone would not tell.</summary>
/// <param name="Code">What happened, such as <see cref="ErrorCode.OutputOverrun"/> or <see cref="ErrorCode.DeadlineExceeded"/>.</param>
/// <param name="Why">In a sentence, with the function's name.</param>
public sealed record ExecutorFailure(ErrorCode Code, string Why) : IControlMessage<ExecutorFailure>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.U16((ushort)Code);
        writer.Text(Why);
    }

    /// <inheritdoc/>
    public static ExecutorFailure ReadFrom(ref MessageReader reader) => new((ErrorCode)reader.U16(), reader.Text());
}
