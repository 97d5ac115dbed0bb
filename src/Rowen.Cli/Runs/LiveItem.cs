using Rowen.Cli.Verbs;
using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>Follows what one item prints while it runs.</summary>
/// <param name="folder">Where the process that runs it keeps that.</param>
/// <param name="item">The item.</param>
/// <param name="isError">Standard error instead of standard output.</param>
internal sealed class LiveItem(string folder, long item, bool isError)
{
    /// <summary>How much of all that it has printed was shown, or left out with a note.</summary>
    public long ShownBytes { get; private set; }

    /// <summary>The item.</summary>
    public long Item => item;

    /// <summary>Shows what is new.</summary>
    public async Task ShowNewAsync(CancellationToken cancellationToken)
    {
        if (LiveOutput.ReadOrNone(folder, item, isError) is not { } now)
        {
            return;
        }

        if (now.At + now.Bytes.Length < ShownBytes)
        {
            ShownBytes = now.At; // it was begun again
        }

        if (now.At > ShownBytes)
        {
            await VerbRun.WriteBytesAsync(KeptOutput.NoteOf(now.At - ShownBytes), cancellationToken);
            ShownBytes = now.At;
        }

        await VerbRun.WriteBytesAsync(now.Bytes.AsMemory((int)(ShownBytes - now.At)), cancellationToken);
        ShownBytes = now.At + now.Bytes.Length;
    }
}
