using System.Globalization;
using System.Text.Json;
using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Limits;

/// <summary>What users and accounts may have at a time. Decides whether a lease would be too much; remembers no lease, and never changes.</summary>
internal sealed class LeaseLimits
{
    /// <summary>Longest of a file; 1 MiB names thousands of users.</summary>
    public const int MaxFileBytes = 1 << 20;

    private const int MaxNameLength = 64;
    private const long Mebibyte = 1 << 20;

    private readonly LimitFile _file;
    private readonly Dictionary<string, string> _accounts;

    private LeaseLimits(LimitFile file)
    {
        _file = file;
        _accounts = file.Accounts.SelectMany(account => account.Value.Users.Select(user => (user, account.Key)))
            .ToDictionary(pair => pair.user, pair => pair.Key, StringComparer.Ordinal);
    }

    /// <summary>Everybody may have everything.</summary>
    public static LeaseLimits None { get; } = new(new LimitFile());

    /// <summary>Reads a file's text.</summary>
    /// <returns>None, and what is wrong, if it is not one or contradicts itself.</returns>
    public static (LeaseLimits? Limits, string Fault) Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxFileBytes)
        {
            return (null, "it is longer than 1 MiB");
        }

        try
        {
            LimitFile? file = JsonSerializer.Deserialize(json, LimitJson.Default.LimitFile);
            string? fault = file is null ? "it is null" : FindFault(file);
            return fault is null ? (new LeaseLimits(file!), string.Empty) : (null, fault);
        }
        catch (JsonException exception)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>The account that a user belongs to; empty: none.</summary>
    public string AccountOf(string user) => _accounts.GetValueOrDefault(user, string.Empty);

    /// <summary>Every user and account that is named.</summary>
    public IEnumerable<Owner> Named =>
        _file.Accounts.Keys.Select(name => new Owner(name, IsAccount: true))
            .Concat(_file.Users.Keys.Concat(_accounts.Keys).Distinct(StringComparer.Ordinal).Select(name => new Owner(name, IsAccount: false)));

    /// <summary>What an owner may have.</summary>
    public OwnerLimit LimitOf(Owner owner) => owner.IsAccount ? _file.Accounts[owner.Name] : _file.Users.GetValueOrDefault(owner.Name, _file.EachUser);

    /// <summary>Whose leases count for an owner.</summary>
    public IReadOnlyList<string> UsersOf(Owner owner) => owner.IsAccount ? _file.Accounts[owner.Name].Users : [owner.Name];

    /// <summary>The limit that keeps a lease from its owner now; null: none does.</summary>
    public LimitBinding? FindBinding(LeaseAsk ask, OwnerHoldings held)
    {
        foreach (Owner owner in OwnersOf(ask.User))
        {
            OwnerLimit limit = LimitOf(owner);
            if (limit.IsExcluded)
            {
                return new LimitBinding(owner, IsForEver: true, $"{owner} is excluded from leases by the administrator");
            }

            (int cores, long lentBytes) = limit is { Cores: null, LentMemoryBytes: null } ? default : held.Of(UsersOf(owner));
            LimitBinding? binding = ask.Kind == LeaseKind.Memory
                ? FindExcess(owner, limit.LentMemoryBytes >> 20, (lentBytes + Mebibyte - 1) >> 20, ((ask.MemoryBytes + Mebibyte - 1) >> 20) * ask.Nodes, "MiB of remote memory")
                : FindExcess(owner, limit.Cores, cores, (long)Math.Max(1, ask.Cores) * ask.Nodes, "cores");
            if (binding is not null)
            {
                return binding;
            }
        }

        return null;
    }

    /// <summary>The most cores that a lease which takes what it finds may have.</summary>
    public int MostCores(string user, OwnerHoldings held) => OwnersOf(user)
        .Select(owner => LimitOf(owner).Cores - held.Of(UsersOf(owner)).Cores)
        .Min() ?? int.MaxValue;

    /// <summary>Limits on pilots of those who wait.</summary>
    /// <param name="waiting">Whose leases wait.</param>
    /// <param name="nodes">The users of the leases on each node that a pilot has brought.</param>
    public IReadOnlyList<PilotQuota> FindPilotQuotas(IEnumerable<string> waiting, IReadOnlyCollection<IReadOnlySet<string>> nodes) =>
    [
        .. waiting.Distinct(StringComparer.Ordinal).SelectMany(OwnersOf).Distinct()
            .Where(owner => LimitOf(owner).Pilots is not null)
            .Select(owner =>
            {
                HashSet<string> users = [.. UsersOf(owner)];
                int most = LimitOf(owner).Pilots!.Value;
                return new PilotQuota(owner, users, most, Math.Max(0, most - nodes.Count(node => node.Overlaps(users))));
            }),
    ];

    private IEnumerable<Owner> OwnersOf(string user)
    {
        yield return new Owner(user, IsAccount: false);
        if (_accounts.TryGetValue(user, out string? account))
        {
            yield return new Owner(account, IsAccount: true);
        }
    }

    private static LimitBinding? FindExcess(Owner owner, long? limit, long held, long asked, string unit)
    {
        long excess = held + asked - (limit ?? long.MaxValue);
        return limit is null || excess <= 0 ? null : new LimitBinding(
            owner,
            IsForEver: asked > limit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"the limit of {owner} binds, {limit} {unit}: {held} are held and {asked} asked for, {excess} too many"));
    }

    private static string? FindFault(LimitFile file)
    {
        if (file.Accounts.Values.Any(account => account?.Users is not { } users || users.Contains(null!)) || file.Users.ContainsValue(null!))
        {
            return "null is the value of an account, a user, or a name";
        }

        IEnumerable<(string Where, OwnerLimit Limit)> all =
        [
            .. file.Accounts.Select(account => ($"accounts.{account.Key}", (OwnerLimit)account.Value)),
            .. file.Users.Select(user => ($"users.{user.Key}", user.Value)),
            ("eachUser", file.EachUser),
        ];
        string? number = all.Select(each => each.Limit.FindFault() is { } field ? $"{each.Where}.{field} is out of range" : null).FirstOrDefault(fault => fault is not null);
        string? name = file.Accounts.Keys.Concat(file.Users.Keys).Concat(file.Accounts.Values.SelectMany(account => account.Users))
            .FirstOrDefault(each => each.Length is 0 or > MaxNameLength || each.Any(char.IsControl));
        string? twice = file.Accounts.Values.SelectMany(account => account.Users).GroupBy(user => user, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        return number
            ?? (name is null ? null : "a name is empty, longer than 64, or has control characters")
            ?? (twice is null ? null : $"user {twice} stands in more than one account, or twice in one");
    }
}
