using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.CodePackages;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Http;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager;

/// <summary>What a resource manager needs to know when it starts.</summary>
public sealed class ManagerSettings
{
    /// <summary>The folder that holds everything the manager remembers; created with mode 0700 if need be.</summary>
    public required string StateFolder { get; set; }

    /// <summary>Whether to listen on the Unix socket <c>manager.sock</c> in the state folder, for this user only.</summary>
    /// <value>True by default.</value>
    public bool ListenUnix { get; set; } = true;

    /// <summary>Where to listen with TLS and token, for other nodes; port 0 takes a free one.</summary>
    /// <value>Null by default: not at all.</value>
    public IPEndPoint? ListenTcp { get; set; }

    /// <summary>How to take idle nodes from a batch system.</summary>
    /// <value>Null by default: nodes join by themselves, and nothing is harvested.</value>
    public HarvestSettings? Harvest { get; set; }

    /// <summary>The file that says what users and accounts may have at a time; it is read again when it changes.</summary>
    /// <value>Null by default: there is no limit.</value>
    public string? LimitsFile { get; set; }

    /// <summary>Limits of leases.</summary>
    public LeaseOptions Leases { get; set; } = new();

    /// <summary>Limits of the queue of requests.</summary>
    public QueueOptions Queue { get; set; } = new();

    /// <summary>When nodes are lost, and how many there may be.</summary>
    public NodeOptions Nodes { get; set; } = new();

    /// <summary>Bounds of the manager's loop.</summary>
    public LoopOptions Loop { get; set; } = new();

    /// <summary>Bounds of the listeners.</summary>
    public HttpOptions Http { get; set; } = new();

    /// <summary>Room for code packages.</summary>
    public PackageOptions Packages { get; set; } = new();

    /// <summary>Room for the audit log.</summary>
    public AuditOptions Audit { get; set; } = new();

    /// <summary>Takes options from the sections Leases, Queue, Nodes, Loop, Http, Packages and Audit of a configuration.</summary>
    /// <param name="configuration">For example <c>Leases:MaxDuration = 02:00:00</c>.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: a value cannot be read.</exception>
    public void Bind(IConfiguration configuration)
    {
        try
        {
            configuration.GetSection(nameof(Leases)).Bind(Leases);
            configuration.GetSection(nameof(Queue)).Bind(Queue);
            configuration.GetSection(nameof(Nodes)).Bind(Nodes);
            configuration.GetSection(nameof(Loop)).Bind(Loop);
            configuration.GetSection(nameof(Http)).Bind(Http);
            configuration.GetSection(nameof(Packages)).Bind(Packages);
            configuration.GetSection(nameof(Audit)).Bind(Audit);
        }
        catch (InvalidOperationException exception)
        {
            throw new RowenException(ErrorCode.BadRequest, $"The manager's options cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Checks every option against its range.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: names the options that are wrong.</exception>
    public void Check()
    {
        Harvest?.Check();
        string[] faults =
        [
            .. Faults(nameof(Leases), new LeaseOptionsValidator().Validate(null, Leases)),
            .. Faults(nameof(Queue), new QueueOptionsValidator().Validate(null, Queue)),
            .. Faults(nameof(Nodes), new NodeOptionsValidator().Validate(null, Nodes)),
            .. Faults(nameof(Loop), new LoopOptionsValidator().Validate(null, Loop)),
            .. Faults(nameof(Http), new HttpOptionsValidator().Validate(null, Http)),
            .. Faults(nameof(Packages), new PackageOptionsValidator().Validate(null, Packages)),
            .. Faults(nameof(Audit), new AuditOptionsValidator().Validate(null, Audit)),
            .. Fault(Leases.MinDuration > Leases.MaxDuration, "Leases: MinDuration exceeds MaxDuration."),
            .. Fault(Nodes.SuspectAfter > Nodes.LostAfter, "Nodes: SuspectAfter exceeds LostAfter."),
            .. FaultsOfLimits(),
            .. Fault(!ListenUnix && ListenTcp is null, "The manager would listen nowhere: choose the Unix socket, TCP, or both."),
        ];
        if (faults.Length > 0)
        {
            throw new RowenException(ErrorCode.BadRequest, $"The manager cannot start: {string.Join(" ", faults)}");
        }
    }

    private string[] FaultsOfLimits() =>
        LimitsFile is { } file && LimitsKeeper.Read(file) is { Limits: null, Fault: var fault } ? [$"The limits in {file} cannot be used: {fault}."] : [];

    private static string[] Fault(bool isWrong, string fault) => isWrong ? [fault] : [];

    private static IEnumerable<string> Faults(string section, ValidateOptionsResult result) =>
        (result.Failures ?? []).Select(failure => $"{section}: {failure}");
}
