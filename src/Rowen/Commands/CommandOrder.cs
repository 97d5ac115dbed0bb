using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Sessions;

namespace Rowen.Commands;

/// <summary>What an executor gets: one item and its place in the run. The input of the built-in function.</summary>
/// <param name="Index">Position in the run, from 0.</param>
/// <param name="Item">The item.</param>
/// <remarks>Fields, as <see cref="MessageWriter"/> writes them; docs/protocol.md has the table, and a test the bytes.</remarks>
internal sealed record CommandOrder(long Index, CommandItem Item) : IControlMessage<CommandOrder>
{
    /// <summary>The function that every executor has, without any code package: number 0 of each.</summary>
    public static FunctionDescription Function { get; } = new(0, "rowen:command", "command", PayloadType, PayloadType);

    private const string PayloadType = "System.Byte[]";

    public void WriteTo(MessageWriter writer)
    {
        writer.I64(Index);
        writer.TextList(Item.Arguments);
        writer.Bytes(Item.Input.Span);
        writer.Text(Item.InputPath);
        writer.TextList([.. Item.Environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        writer.Text(Item.WorkingFolder);
        writer.List<FilePart>([.. Item.FilesIn.Select(file => new FilePart(file))]);
        writer.TextList(Item.FilesOut);
        writer.I64((long)Item.TimeLimit.TotalMilliseconds);
        writer.I32(Item.MaxOutputBytes);
        writer.I32(Item.Cores);
    }

    public static CommandOrder ReadFrom(ref MessageReader reader) => new(reader.I64(), new CommandItem
    {
        Arguments = reader.TextList(),
        Input = reader.Bytes(),
        InputPath = reader.TextOrNone(),
        Environment = ReadEnvironment(reader.TextList()),
        WorkingFolder = reader.TextOrNone(),
        FilesIn = [.. reader.List<FilePart>().Select(part => part.File)],
        FilesOut = reader.TextList(),
        TimeLimit = TimeSpan.FromMilliseconds(Math.Clamp(reader.I64(), 0, uint.MaxValue * 10L)),
        MaxOutputBytes = reader.I32(),
        Cores = reader.I32(),
    });

    private static Dictionary<string, string> ReadEnvironment(string[] entries)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            int sign = Math.Max(entry.IndexOf('=', StringComparison.Ordinal), 0);
            environment[entry[..sign]] = entry[Math.Min(sign + 1, entry.Length)..];
        }

        return environment;
    }
}
