using Rowen.LentMemory;

namespace Rowen.UnitTests.LentMemory;

public sealed class UseGateTests
{
    private readonly UseGate _gate;
    private int _ends;

    public UseGateTests() => _gate = new UseGate(() => Interlocked.Increment(ref _ends));

    [Fact]
    public void Gate_that_nobody_uses_ends_when_it_is_closed()
    {
        Assert.True(_gate.TryEnter());
        _gate.Leave();
        Assert.Equal(0, _ends);

        _gate.Close();

        Assert.Equal(1, _ends);
        Assert.False(_gate.TryEnter());
        Assert.Equal(1, _ends);
    }

    [Fact]
    public void Last_one_out_ends_it()
    {
        Assert.True(_gate.TryEnter());
        Assert.True(_gate.TryEnter());
        _gate.Close();
        _gate.Close();
        _gate.Leave();
        Assert.False(_gate.TryEnter());
        Assert.Equal(0, _ends);

        _gate.Leave();

        Assert.Equal(1, _ends);
    }

    [Fact]
    public void Gate_ends_once_and_after_everybody_however_many_come_and_go()
    {
        for (int round = 0; round < 200; round++)
        {
            int inside = 0;
            int insideAtEnd = -1;
            int ends = 0;
            var gate = new UseGate(() =>
            {
                insideAtEnd = Volatile.Read(ref inside);
                Interlocked.Increment(ref ends);
            });
            Parallel.For(0, 8, user =>
            {
                for (int i = 0; i < 50; i++)
                {
                    if (user == 0 && i == 25)
                    {
                        gate.Close();
                    }
                    else if (gate.TryEnter())
                    {
                        Interlocked.Increment(ref inside);
                        Interlocked.Decrement(ref inside);
                        gate.Leave();
                    }
                }
            });

            Assert.Equal((1, 0), (ends, insideAtEnd));
        }
    }
}
