using Rowen.Protocol.ControlMessages;

namespace Rowen.Commands;

/// <summary>A file on its way: its path, whether it is a program, its bytes.</summary>
internal sealed record FilePart(CommandFile File) : IControlMessage<FilePart>
{
    public void WriteTo(MessageWriter writer)
    {
        writer.Text(File.Path);
        writer.Flag(File.IsExecutable);
        writer.Bytes(File.Content.Span);
    }

    public static FilePart ReadFrom(ref MessageReader reader)
    {
        string path = reader.Text();
        bool isExecutable = reader.Flag();
        return new(new CommandFile(path, reader.Bytes()) { IsExecutable = isExecutable });
    }
}
