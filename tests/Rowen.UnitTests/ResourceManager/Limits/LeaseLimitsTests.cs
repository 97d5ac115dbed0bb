using System.Text;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Limits;

namespace Rowen.UnitTests.ResourceManager.Limits;

public sealed class LeaseLimitsTests
{
    private const long Gibibyte = 1L << 30;

    private readonly OwnerHoldings _held = new();

    [Fact]
    public void A_user_may_have_up_to_the_limit_and_hears_by_how_much_more_would_be_too_many()
    {
        LeaseLimits limits = Read("""{ "users": { "ada": { "cores": 4 } } }""");
        Hold("ada", 3);

        Assert.Null(limits.FindBinding(Cores("ada", 1), _held));
        LimitBinding binding = limits.FindBinding(Cores("ada", 2), _held)!;
        Assert.Equal("the limit of user ada binds, 4 cores: 3 are held and 2 asked for, 1 too many", binding.Sentence);
        Assert.False(binding.IsForEver);
        Assert.True(limits.FindBinding(Cores("ada", 5), _held)!.IsForEver);
        Assert.Null(limits.FindBinding(Cores("ben", 500), _held));
    }

    [Fact]
    public void Users_of_an_account_share_its_limit()
    {
        LeaseLimits limits = Read("""{ "accounts": { "physics": { "users": ["ada", "ben"], "cores": 4 } }, "users": { "ada": { "cores": 100 } } }""");
        Hold("ada", 3);

        Assert.Equal(new Owner("physics", IsAccount: true), limits.FindBinding(Cores("ben", 2), _held)!.Owner);
        Assert.Null(limits.FindBinding(Cores("ben", 1), _held));
        Assert.Equal("physics", limits.AccountOf("ben"));
        Assert.Equal(string.Empty, limits.AccountOf("eve"));
    }

    [Fact]
    public void Who_is_not_named_has_the_limit_of_each_user_and_who_is_has_only_his()
    {
        LeaseLimits limits = Read("""{ "eachUser": { "cores": 2 }, "users": { "ada": { } } }""");

        Assert.NotNull(limits.FindBinding(Cores("ben", 3), _held));
        Assert.Null(limits.FindBinding(Cores("ada", 3), _held));
    }

    [Fact]
    public void Remote_memory_has_a_limit_of_its_own_which_leases_on_cores_leave_alone()
    {
        LeaseLimits limits = Read($$"""{ "eachUser": { "lentMemoryBytes": {{2 * Gibibyte}} } }""");
        _held.Add(Memory("ada", Gibibyte), 0, Gibibyte);
        Hold("ada", 2, 64 * Gibibyte);

        Assert.Null(limits.FindBinding(Memory("ada", Gibibyte), _held));
        Assert.Equal(
            "the limit of user ada binds, 2048 MiB of remote memory: 1024 are held and 1536 asked for, 512 too many",
            limits.FindBinding(Memory("ada", Gibibyte + (Gibibyte / 2)), _held)!.Sentence);
        Assert.Null(limits.FindBinding(Cores("ada", 9), _held));
    }

    [Fact]
    public void Excluded_accounts_get_nothing_for_ever()
    {
        LeaseLimits limits = Read("""{ "accounts": { "guests": { "users": ["eve"], "isExcluded": true } } }""");

        LimitBinding binding = limits.FindBinding(Cores("eve", 1), _held)!;
        Assert.Equal(("account guests is excluded from leases by the administrator", true), (binding.Sentence, binding.IsForEver));
    }

    [Fact]
    public void What_ends_is_not_held_any_more()
    {
        LeaseLimits limits = Read("""{ "users": { "ada": { "cores": 4 } } }""");
        Hold("ada", 4);
        _held.Remove(Cores("ada", 4), 4, Gibibyte);

        Assert.Null(limits.FindBinding(Cores("ada", 4), _held));
        Assert.Empty(_held.Users);
    }

    [Fact]
    public void Pilots_that_hold_leases_of_an_account_count_once_each()
    {
        LeaseLimits limits = Read("""{ "accounts": { "physics": { "users": ["ada", "ben"], "pilots": 3 } } }""");
        HashSet<string>[] nodes = [["ada", "ben"], ["eve"], ["ben"]];

        PilotQuota quota = Assert.Single(limits.FindPilotQuotas(["ada", "ada", "ben", "eve"], nodes));
        Assert.Equal((3, 1), (quota.Max, quota.Left));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("null", "null")]
    [InlineData("""{ "users": { "ada": { "core": 4 } } }""", "core")]
    [InlineData("""{ "user": { } }""", "user")]
    [InlineData("""{ "users": { "ada": { "cores": -1 } } }""", "users.ada.cores")]
    [InlineData("""{ "users": { "ada": { "cores": 99999999999 } } }""", "cores")]
    [InlineData("""{ "users": { "ada": null } }""", "null")]
    [InlineData("""{ "accounts": { "a": { "users": [null] } } }""", "null")]
    [InlineData("""{ "accounts": { "a": null } }""", "null")]
    [InlineData("""{ "users": { "ada": { }, "ada": { } } }""", "Duplicate")]
    [InlineData("""{ "eachUser": { "lentMemoryBytes": 4611686018427387905 } }""", "eachUser.lentMemoryBytes")]
    [InlineData("""{ "accounts": { "a": { "users": ["ada"] }, "b": { "users": ["ada"] } } }""", "more than one account")]
    [InlineData("""{ "accounts": { "": { } } }""", "empty")]
    public void A_file_that_is_wrong_is_refused_with_what_is_wrong(string text, string named)
    {
        (LeaseLimits? limits, string fault) = LeaseLimits.Read(Encoding.UTF8.GetBytes(text));

        Assert.Null(limits);
        Assert.Contains(named, fault, StringComparison.Ordinal);
    }

    private static LeaseLimits Read(string text)
    {
        (LeaseLimits? limits, string fault) = LeaseLimits.Read(Encoding.UTF8.GetBytes(text));
        Assert.True(limits is not null, fault);
        return limits;
    }

    private static LeaseAsk Cores(string user, int cores) => new() { User = user, Cores = cores };

    private static LeaseAsk Memory(string user, long bytes) => new() { User = user, Kind = LeaseKind.Memory, Cores = 0, MemoryBytes = bytes };

    private void Hold(string user, int cores, long memoryBytes = Gibibyte) => _held.Add(Cores(user, cores), cores, memoryBytes);
}
