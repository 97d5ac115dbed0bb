using System.Text;
using System.Text.Json.Serialization;
using Rowen.Commands;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Invocations;

namespace Rowen.Jobs;

/// <summary>Why an item has no result.</summary>
internal sealed record JobFault
{
    public ErrorCode Code { get; set; }

    public string Message { get; set; } = string.Empty;

    /// <summary>What the function threw, and what caused that; null if it threw nothing.</summary>
    public RemoteFault? Thrown { get; set; }

    /// <summary>Where it happened; null if nothing was sent.</summary>
    public LeaseId? Lease { get; set; }

    /// <summary>Likewise.</summary>
    public string? Node { get; set; }

    /// <summary>Where that node keeps what the lease's functions printed; null if nobody has said.</summary>
    public string? LogFolder { get; set; }

    /// <summary>Of a command: such as <c>exit code 3</c>.</summary>
    public string? Kind { get; set; }

    /// <summary>What a command that failed has left, in the file <c>results</c>: a <see cref="CommandReport"/>. Null where nothing ran.</summary>
    public ResultPlace? Report { get; set; }

    /// <summary>Where it was thrown, and its causes, each with its own place; null if nothing was thrown.</summary>
    [JsonIgnore]
    public string? Story
    {
        get
        {
            if (Thrown is null)
            {
                return null;
            }

            var story = new StringBuilder(Thrown.StackTrace);
            AddCauses(Thrown, story);
            return story.ToString();
        }
    }

    /// <summary>What a map was told; texts are cut, those of causes the more the deeper they lie.</summary>
    public static JobFault Of(RowenException error)
    {
        InvocationException? remote = error as InvocationException ?? error.InnerException as InvocationException;
        return new JobFault
        {
            Code = error.Code,
            Message = Cut(error.Message, JobLimits.MaxFaultTextLength),
            Thrown = remote is null ? null : ThrownOf(remote, JobLimits.MaxFaultTextLength),
            Lease = remote?.Lease,
            Node = remote?.NodeName,
            LogFolder = remote?.LogFolder,
        };
    }

    /// <summary>As it would have been thrown where the job was a map.</summary>
    public RowenException ToException() => new InvocationException(Code, Message, Thrown) { Lease = Lease, NodeName = Node, LogFolder = LogFolder };

    private static void AddCauses(RemoteFault fault, StringBuilder story)
    {
        foreach (RemoteFault cause in (fault.Others ?? []).Prepend(fault.Inner).OfType<RemoteFault>())
        {
            story.Append(story.Length > 0 ? "\n" : string.Empty).Append("caused by ").Append(cause.TypeName).Append(": ").Append(cause.Message);
            story.Append(cause.StackTrace is null ? string.Empty : $"\n{cause.StackTrace}");
            AddCauses(cause, story);
        }
    }

    private static RemoteFault? ThrownOf(InvocationException error, int maxLength) => error.RemoteTypeName is not { } type ? null : new RemoteFault(
        Cut(type, maxLength),
        Cut(error.RemoteMessage ?? string.Empty, maxLength),
        error.RemoteStackTrace is { } stack ? Cut(stack, maxLength) : null,
        CausesOf(error, maxLength).FirstOrDefault())
    {
        Others = CausesOf(error, maxLength) is { Length: > 1 } causes ? causes[1..] : null,
    };

    /// <summary>Together no longer than one would be.</summary>
    private static RemoteFault[] CausesOf(InvocationException error, int maxLength) =>
        [.. error.RemoteInnerExceptions.Select(inner => ThrownOf(inner, maxLength / (1 + error.RemoteInnerExceptions.Count))).OfType<RemoteFault>()];

    private static string Cut(string text, int maxLength) => text.Length <= maxLength ? text : $"{text[..maxLength]} …";
}
