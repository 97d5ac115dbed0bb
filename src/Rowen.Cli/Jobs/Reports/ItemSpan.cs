namespace Rowen.Cli.Jobs.Reports;

/// <summary>When and where an item ran.</summary>
/// <param name="Item">Position in the input, from 0.</param>
/// <param name="Row">Row of the timeline.</param>
/// <param name="Start">Seconds on the report's axis, which leaves out the time between runs.</param>
/// <param name="End">Likewise.</param>
/// <param name="Waited">Seconds from the beginning of its run until it was sent.</param>
/// <param name="IsFailed">Whether it has no result.</param>
/// <param name="Attempts">How often it was sent; 0 if that is not known.</param>
internal readonly record struct ItemSpan(long Item, int Row, double Start, double End, double Waited, bool IsFailed, int Attempts);
