using Rowen.Maps;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Client;

public sealed class ItemRetriesTests
{
    private const long Gibibyte = 1L << 30;

    [Fact]
    public void What_was_preempted_or_lost_with_its_node_runs_again_without_limit()
    {
        var retries = new ItemRetries(new MapOptions());

        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(ItemFateKind.Again, retries.Judge(7, After(ErrorCode.Unknown, ErrorCode.LeaseRevoked)).Kind);
            Assert.Equal(ItemFateKind.Again, retries.Judge(7, After(ErrorCode.NotExecuted, ErrorCode.LeaseExpired)).Kind);
            Assert.Equal(ItemFateKind.Again, retries.Judge(7, After(ErrorCode.Unknown, ErrorCode.PeerLost)).Kind);
        }

        Assert.Equal(new RetryCounts { Preempted = 1_000, NodesLost = 500 }, retries.Counts);
    }

    [Fact]
    public void Neighbors_of_an_item_that_outran_its_deadline_lost_their_executor_and_are_not_blamed()
    {
        var retries = new ItemRetries(new MapOptions { MaxExecutorDeaths = 1 });

        Assert.Equal(ItemFateKind.Again, retries.Judge(7, After(ErrorCode.Unknown, ErrorCode.DeadlineExceeded)).Kind);
        Assert.Equal(ItemFateKind.Again, retries.Judge(8, After(ErrorCode.NotExecuted, ErrorCode.DeadlineExceeded)).Kind);

        Assert.Equal(new RetryCounts { ExecutorDeaths = 2 }, retries.Counts);
    }

    [Fact]
    public void Attempts_are_counted_by_item_until_its_outcome_is_there()
    {
        var retries = new ItemRetries(new MapOptions());
        _ = retries.Judge(7, After(ErrorCode.Unknown, ErrorCode.LeaseRevoked));
        _ = retries.Judge(7, After(ErrorCode.Unknown, ErrorCode.ExecutorCrashed));

        Assert.True(retries.TryClaim(7, out int attempts));
        Assert.True(retries.TryClaim(8, out int attemptsOfOther));

        Assert.Equal((3, 1), (attempts, attemptsOfOther));
    }

    [Fact]
    public void Exceptions_are_final_unless_asked_otherwise()
    {
        Assert.Equal(ItemFateKind.Final, new ItemRetries(new MapOptions()).Judge(0, After(ErrorCode.FunctionFailed)).Kind);

        var retries = new ItemRetries(new MapOptions { MaxExceptionRetries = 2 });
        Assert.Equal(
            [ItemFateKind.Again, ItemFateKind.Again, ItemFateKind.Final],
            Enumerable.Range(0, 3).Select(_ => retries.Judge(0, After(ErrorCode.FunctionFailed)).Kind));
        Assert.Equal(new RetryCounts { Exceptions = 2 }, retries.Counts);
    }

    [Fact]
    public void Item_that_kills_executors_is_blamed_only_after_nothing_ran_beside_it()
    {
        var retries = new ItemRetries(new MapOptions());

        ItemFate first = retries.Judge(5, After(ErrorCode.Unknown, ErrorCode.ExecutorCrashed));
        ItemFate second = retries.Judge(5, After(ErrorCode.Unknown, ErrorCode.FunctionExitedProcess, first.Care));
        ItemFate third = retries.Judge(5, After(ErrorCode.Unknown, ErrorCode.ExecutorCrashed, second.Care, isAlone: true));

        Assert.Equal((ItemFateKind.Again, ItemCare.Alone), (first.Kind, first.Care));
        Assert.Equal((ItemFateKind.Again, ItemCare.Isolated), (second.Kind, second.Care));
        Assert.Equal(ItemFateKind.Final, third.Kind);
        Assert.Equal("3 executors have died of it, and it is not run again.", third.Why);
    }

    [Fact]
    public void Items_that_died_together_are_not_counted_against_any_of_them()
    {
        var retries = new ItemRetries(new MapOptions { MaxExecutorDeaths = 1 });

        ItemFate together = retries.Judge(5, After(ErrorCode.Unknown, ErrorCode.ExecutorCrashed) with { TogetherCount = 40 });
        ItemFate alone = retries.Judge(5, After(ErrorCode.Unknown, ErrorCode.ExecutorCrashed, together.Care));

        Assert.Equal((ItemFateKind.Again, ItemCare.Alone), (together.Kind, together.Care));
        Assert.Equal(ItemFateKind.Final, alone.Kind);
    }

    [Fact]
    public void Out_of_memory_runs_again_with_twice_as_much_up_to_the_limit()
    {
        var retries = new ItemRetries(new MapOptions { MaxMemoryBytes = 3 * Gibibyte });

        ItemFate first = retries.Judge(1, After(ErrorCode.OutOfMemory) with { MemoryBytes = Gibibyte });
        ItemFate second = retries.Judge(1, After(ErrorCode.Unknown, ErrorCode.OutOfMemory, isAlone: true) with { MemoryBytes = 2 * Gibibyte });
        ItemFate third = retries.Judge(1, After(ErrorCode.OutOfMemory) with { MemoryBytes = 3 * Gibibyte });
        ItemFate last = retries.Judge(1, After(ErrorCode.OutOfMemory) with { MemoryBytes = 3 * Gibibyte, Care = ItemCare.Isolated });

        Assert.Equal([2 * Gibibyte, 3 * Gibibyte], [first.NeedsBytes, second.NeedsBytes]);
        Assert.Equal((ItemFateKind.Again, ItemCare.Isolated), (third.Kind, third.Care)); // another item may have left it none
        Assert.Equal(ItemFateKind.Final, last.Kind);
        Assert.Contains("3072 MiB", last.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Executor_that_ran_out_of_memory_with_several_lanes_blames_nobody_yet()
    {
        var retries = new ItemRetries(new MapOptions());

        ItemFate fate = retries.Judge(1, After(ErrorCode.Unknown, ErrorCode.OutOfMemory) with { MemoryBytes = Gibibyte });

        Assert.Equal((ItemCare.Isolated, 0L), (fate.Care, fate.NeedsBytes));
    }

    [Fact]
    public void Only_the_first_outcome_of_a_copied_item_counts()
    {
        var retries = new ItemRetries(new MapOptions());

        Assert.True(retries.TryAddCopy(9));
        Assert.False(retries.TryAddCopy(9));
        Assert.True(retries.TryClaim(8));
        Assert.True(retries.TryClaim(9));
        Assert.True(retries.IsSettled(9));
        Assert.False(retries.TryClaim(9));
        Assert.False(retries.IsSettled(9)); // forgotten: both attempts are over
    }

    [Fact]
    public void Lost_attempt_is_dropped_while_its_copy_goes_on()
    {
        var retries = new ItemRetries(new MapOptions());
        Assert.True(retries.TryAddCopy(9));

        Assert.Equal(ItemFateKind.Dropped, retries.Judge(9, After(ErrorCode.Unknown, ErrorCode.PeerLost)).Kind);
        Assert.Equal(ItemFateKind.Again, retries.Judge(9, After(ErrorCode.Unknown, ErrorCode.PeerLost)).Kind);
        Assert.True(retries.TryClaim(9));
    }

    [Fact]
    public void Deadline_is_final_for_one_item_and_says_nothing_of_several()
    {
        var retries = new ItemRetries(new MapOptions());

        Assert.Equal(ItemFateKind.Final, retries.Judge(3, After(ErrorCode.DeadlineExceeded)).Kind);
        Assert.Equal(ItemFateKind.Again, retries.Judge(3, After(ErrorCode.DeadlineExceeded) with { TogetherCount = 2 }).Kind);
    }

    private static ItemTrouble After(ErrorCode error, ErrorCode loss = ErrorCode.None, ItemCare care = ItemCare.None, bool isAlone = false) =>
        new(error, loss, care, TogetherCount: 1, isAlone, Gibibyte);
}
