using Rowen.Commands;

namespace Rowen;

/// <content>Programs as items: see <see cref="CommandItem"/>.</content>
public sealed partial class RowenClient
{
    /// <summary>Runs commands on every free core, and returns their results in the order of the items.</summary>
    /// <param name="items">The commands. Each runs at least once: one whose lease was taken back is run again elsewhere.</param>
    /// <param name="options">Cores, memory, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new, and ends what runs.</param>
    /// <returns>One result for each item; with <see cref="MapErrors.Collect"/> also of those that failed.</returns>
    /// <exception cref="ArgumentException">An item or an option cannot be; nothing was started if the items are a list.</exception>
    /// <exception cref="MapException">With <see cref="MapErrors.Stop"/>: an item failed. Those that ran were ended.</exception>
    public async Task<IReadOnlyList<CommandOutcome>> RunAsync(
        IEnumerable<CommandItem> items, CommandOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<CommandOutcome> results = [];
        await foreach (CommandOutcome result in RunAsCompletedAsync(items, options, cancellationToken).ConfigureAwait(false))
        {
            results.Add(result);
        }

        results.Sort(static (one, other) => one.Index.CompareTo(other.Index));
        return results;
    }

    /// <summary>The same, with each result as soon as it is there.</summary>
    /// <param name="items">The commands; what is no list is enumerated as the results are read.</param>
    /// <param name="options">Cores, memory, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new, and ends what runs.</param>
    /// <returns>Outcomes in the order of their completion. A reader that leaves ends the run.</returns>
    /// <exception cref="ArgumentException">An item or an option cannot be.</exception>
    /// <exception cref="MapException">With <see cref="MapErrors.Stop"/>: an item failed; thrown after its outcome.</exception>
    public IAsyncEnumerable<CommandOutcome> RunAsCompletedAsync(
        IEnumerable<CommandItem> items, CommandOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CommandOptions();
        options.Check();
        foreach (CommandItem item in items as IReadOnlyList<CommandItem> ?? [])
        {
            CommandRun.Check(item, options);
        }

        return new CommandRun(items, options) { Live = options.Live }.StreamAsync(this, _options.Time, cancellationToken);
    }
}
