using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager;

/// <summary>A call to the table, as a function of it.</summary>
/// <typeparam name="T">What it answers.</typeparam>
internal delegate T TableCall<out T>(LeaseTable table, long nowMs, ICollection<LeaseEffect> effects);

/// <summary>A call to the table whose answer somebody awaits.</summary>
internal sealed class ManagerQuestion<T>(TableCall<T> call) : ManagerCommand
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _decided;

    public Task<T> Answer => _answer.Task;

    public override void Decide(LeaseTable table, long nowMs, ICollection<LeaseEffect> effects) =>
        _decided = call(table, nowMs, effects);

    public override void Complete(IReadOnlySet<LeaseId> undone, string? fault)
    {
        if (_decided is LeaseAnswer { View: { } view } && undone.Contains(view.Id))
        {
            _answer.TrySetException(new RowenException(ErrorCode.StorageFailed, fault!));
            return;
        }

        _answer.TrySetResult(_decided!);
    }

    public override void Fail(RowenException error) => _answer.TrySetException(error);
}
