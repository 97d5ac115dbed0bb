namespace Rowen.UnitTests.ObjectStorage;

/// <summary>Content whose last byte comes when the test says so.</summary>
internal sealed class PausedStream(byte[] bytes) : MemoryStream(bytes)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public void GoOn() => _goOn.SetResult();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        byte[] all = ToArray();
        await destination.WriteAsync(all.AsMemory(0, all.Length - 1), cancellationToken);
        _reached.SetResult();
        await _goOn.Task.WaitAsync(cancellationToken);
        await destination.WriteAsync(all.AsMemory(all.Length - 1), cancellationToken);
    }
}
