using Rowen.Fabric.OperatingSystem;

namespace Rowen.UnitTests.Fabric.OperatingSystem;

public sealed class StackRangeTests
{
    [Fact]
    public void Stack_is_current_on_its_own_thread_alone_however_deep()
    {
        StackRange own = StackRange.OfCurrentThread();
        bool isCurrentElsewhere = true;
        bool knowsItself = false;
        var other = new Thread(() =>
        {
            isCurrentElsewhere = own.IsCurrent;
            knowsItself = StackRange.OfCurrentThread().IsCurrent;
        });
        other.Start();
        other.Join();

        Assert.True(IsCurrentBelow(own, depth: 1_000));
        Assert.True(knowsItself);
        Assert.False(isCurrentElsewhere);
    }

    [Fact]
    public void Nobody_s_stack_is_never_current() => Assert.False(default(StackRange).IsCurrent);

    private static bool IsCurrentBelow(StackRange stack, int depth) =>
        depth == 0 ? stack.IsCurrent : IsCurrentBelow(stack, depth - 1) & stack.IsCurrent;
}
