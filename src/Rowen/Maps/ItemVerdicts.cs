using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.StoredResults;

namespace Rowen.Maps;

/// <summary>What an attempt at an item comes to: its result, its failure, or another attempt.</summary>
/// <remarks>Thread safety: any thread.</remarks>
[SuppressMessage("Design", "CA1031", Justification = "Codecs are the user's: whatever they throw ends the item.")]
internal static class ItemVerdicts
{
    /// <summary>The function has answered.</summary>
    public static MapResult<TOut> OfAnswer<TOut>(long index, ReadOnlySpan<byte> payload, LeaseId lease, int lane, TimeSpan duration)
    {
        try
        {
            TOut value = PayloadCodec<TOut>.Decode(payload);
            WhereHeld<TOut>.Note(value, lease);
            return new MapResult<TOut>(index, value, null, lane, duration);
        }
        catch (Exception exception)
        {
            RowenException failure = exception as RowenException ?? new RowenException(
                ErrorCode.MalformedMessage, $"Its result could not be read: {exception.GetType().Name}: {exception.Message}", exception);
            return new MapResult<TOut>(index, default!, failure, lane, duration);
        }
    }

    /// <summary>Whether the answer is a failure, and the item waits for another attempt.</summary>
    public static bool IsTriedAgain<TIn, TOut>(MapRun<TIn, TOut> run, MapItem<TIn> item, ReadOnlySpan<byte> payload, ItemTrouble trouble) =>
        run.IsFailure(item.Index, payload)
        && run.Retries.Judge(item.Index, trouble with { Error = ErrorCode.FunctionFailed }) is { Kind: ItemFateKind.Again } fate
        && run.TryAgain(item with { Care = fate.Care, NeedsBytes = fate.NeedsBytes });

    /// <summary>The input has no payload form, or this machine no memory for it.</summary>
    public static MapResult<TOut> OfUnsendable<TOut>(long index, Exception exception, int lane)
    {
        RowenException error = exception as RowenException ?? new RowenException(
            ErrorCode.MalformedInput, $"Its input could not be sent: {exception.GetType().Name}: {exception.Message}", exception);
        return new MapResult<TOut>(index, default!, error, lane, TimeSpan.Zero);
    }

    /// <summary>The attempt gave no result.</summary>
    /// <returns>The failure; null if the item waits for another attempt, or another attempt has its result.</returns>
    public static RowenException? Judge<TIn, TOut>(MapRun<TIn, TOut> run, MapItem<TIn> item, ItemTrouble trouble, RowenException failure)
    {
        ItemFate fate = run.Retries.Judge(item.Index, trouble);
        switch (fate.Kind)
        {
            case ItemFateKind.Again when run.TryAgain(item with { Care = fate.Care, NeedsBytes = fate.NeedsBytes }):
            case ItemFateKind.Dropped:
                return null;
            default:
                ErrorCode code = trouble.Loss == ErrorCode.None ? trouble.Error : trouble.Loss;
                RowenException final = InvocationException.OfItem(failure, item.Index); // one failure may be that of several items
                return fate.Why.Length == 0 ? final : new RowenException(code, $"{final.Message} {fate.Why}", final);
        }
    }
}
