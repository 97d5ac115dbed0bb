using Rowen.Protocol.ControlMessages;

namespace Rowen.Commands;

/// <summary>What an executor gives back: how the command ended, and what it left. The result of the built-in function.</summary>
/// <remarks>Fields, as <see cref="MessageWriter"/> writes them; docs/protocol.md has the table, and a test the bytes.</remarks>
internal sealed record CommandReport : IControlMessage<CommandReport>
{
    public string NodeName { get; init; } = string.Empty;

    public int ExitCode { get; init; }

    /// <summary>0 if it exited.</summary>
    public int Signal { get; init; }

    /// <summary>It was ended because its time was over.</summary>
    public bool IsOverTime { get; init; }

    public long DurationNs { get; init; }

    public long ProcessorNs { get; init; }

    /// <summary>0: not known.</summary>
    public long PeakMemoryBytes { get; init; }

    public KeptOutput Output { get; init; } = KeptOutput.None;

    public KeptOutput Error { get; init; } = KeptOutput.None;

    public IReadOnlyList<CommandFile> Files { get; init; } = [];

    public void WriteTo(MessageWriter writer)
    {
        writer.Text(NodeName);
        writer.I32(ExitCode);
        writer.I32(Signal);
        writer.Flag(IsOverTime);
        writer.I64(DurationNs);
        writer.I64(ProcessorNs);
        writer.I64(PeakMemoryBytes);
        Output.WriteTo(writer);
        Error.WriteTo(writer);
        writer.List<FilePart>([.. Files.Select(file => new FilePart(file))]);
    }

    public static CommandReport ReadFrom(ref MessageReader reader) => new()
    {
        NodeName = reader.Text(),
        ExitCode = reader.I32(),
        Signal = reader.I32(),
        IsOverTime = reader.Flag(),
        DurationNs = reader.I64(),
        ProcessorNs = reader.I64(),
        PeakMemoryBytes = reader.I64(),
        Output = KeptOutput.ReadFrom(ref reader),
        Error = KeptOutput.ReadFrom(ref reader),
        Files = [.. reader.List<FilePart>().Select(part => part.File)],
    };
}
