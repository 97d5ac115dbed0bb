using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Limits;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager.Limits;

/// <summary>Reads a file of limits when it has changed, and tells the lease table. One that is wrong changes nothing.</summary>
internal sealed class LimitsKeeper
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(2);

    private readonly string? _path;
    private readonly ManagerLoop _loop;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private (DateTime WrittenAt, long Bytes) _seen;
    private string _fault = string.Empty;

    public LimitsKeeper(string? path, ManagerLoop loop, AuditLog audit, TimeProvider time, ILogger<LimitsKeeper> logger)
    {
        _path = path;
        _loop = loop;
        _audit = audit;
        _time = time;
        _logger = logger;
    }

    /// <summary>Reads a file of limits.</summary>
    /// <returns>None, and why, if it is not there, not ours alone to write, or wrong.</returns>
    public static (LeaseLimits? Limits, string Fault) Read(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & OthersWrite) != 0)
            {
                return (null, "others may write to it (chmod go-w)");
            }

            using FileStream file = File.OpenRead(path);
            byte[] text = new byte[Math.Min(file.Length, LeaseLimits.MaxFileBytes + 1)];
            file.ReadExactly(text);
            return LeaseLimits.Read(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>Looks at the file until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            while (true)
            {
                await LookAsync(cancellationToken);
                await Task.Delay(LookPeriod, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The manager ends.
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.ManagerUnreachable)
        {
            // The loop has ended before us.
        }
    }

    /// <summary>What holds now, and what is held.</summary>
    public async Task<LimitsView> ShowAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        OwnerView[] owners = await _loop.AskAsync((table, _, _) => table.DescribeOwners(), cancellationToken);
        return new LimitsView { File = _path ?? string.Empty, Fault = _fault, Owners = owners };
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_path is null)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            var file = new FileInfo(_path);
            (DateTime, long) now = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (now == _seen && now != default)
            {
                return;
            }

            (LeaseLimits? limits, string fault) = Read(_path);
            _seen = limits is null ? default : now; // its rights may be mended, which its time does not tell
            await TakeAsync(limits, fault, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TakeAsync(LeaseLimits? limits, string fault, CancellationToken cancellationToken)
    {
        if (limits is not null)
        {
            await _loop.AskAsync(
                (table, nowMs, effects) =>
                {
                    table.SetLimits(limits, nowMs, effects);
                    return true;
                },
                cancellationToken);
            LimitLog.Read(_logger, _path!);
            _audit.Write(new AuditEntry { Event = AuditEvent.LimitsChanged, What = $"read from {_path}" });
        }
        else if (fault != _fault)
        {
            LimitLog.Unusable(_logger, _path!, fault);
            _audit.Write(new AuditEntry { Event = AuditEvent.LimitsChanged, What = LeaseAskRules.Printable($"{_path} cannot be used, and the limits of before hold: {fault}", 1_000) });
        }

        _fault = fault;
    }
}
