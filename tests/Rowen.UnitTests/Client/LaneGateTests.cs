using Rowen.Fabric;
using Rowen.Fabric.Tcp;
using Rowen.Sessions;

namespace Rowen.UnitTests.Client;

/// <summary>One thread at a time, whether the gate leans towards one or not.</summary>
public sealed class LaneGateTests : IDisposable
{
    private readonly FabricEndpoint _endpoint = new TcpProvider().OpenEndpoint(new EndpointOptions());
    private LaneGate _gate;
    private long _plainCount;

    public void Dispose() => _endpoint.Dispose();

    [Fact]
    public void Thread_that_entered_first_comes_and_goes()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.True(_gate.TryEnter());
            _gate.Exit();
        }
    }

    [Fact]
    public void Second_thread_does_not_enter_while_the_first_is_inside()
    {
        Assert.True(_gate.TryEnter());
        Assert.False(OnAnotherThread(() => _gate.TryEnter()));

        _gate.Exit();

        Assert.True(OnAnotherThread(() => _gate.TryEnter()));
        Assert.False(_gate.TryEnter());
    }

    [Fact]
    public void Waiting_thread_shows_and_gets_in()
    {
        Assert.True(_gate.TryEnter());
        var waiting = new Thread(() => Add(1));
        waiting.Start();
        Assert.True(SpinWait.SpinUntil(() => _gate.IsWanted, TimeSpan.FromMinutes(1)));

        _gate.Exit();

        Assert.True(waiting.Join(TimeSpan.FromMinutes(1)));
        Assert.Equal((1, false), (_plainCount, _gate.IsWanted));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public void Count_that_only_the_gate_guards_is_exact(int others)
    {
        const int times = 30_000;
        Add(times); // now it leans towards this thread
        Thread[] threads = [.. Enumerable.Range(0, others).Select(_ => new Thread(() => Add(times)))];
        Array.ForEach(threads, thread => thread.Start());
        Add(times);
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(1))));

        Assert.Equal((others + 2L) * times, _plainCount);
    }

    private static bool OnAnotherThread(Func<bool> act)
    {
        bool result = false;
        var thread = new Thread(() => result = act());
        thread.Start();
        thread.Join();
        return result;
    }

    private void Add(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _gate.Enter(_endpoint);
            _plainCount++;
            _gate.Exit();
        }
    }
}
