using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rowen;

/// <summary>How a <see cref="RowenClient"/> behaves.</summary>
public sealed record RowenClientOptions
{
    /// <summary>What the manager and people see as the owner of this client's leases.</summary>
    /// <value>Null: program, process and host.</value>
    public string? ClientName { get; init; }

    /// <summary>How long the manager may take to accept a connection.</summary>
    /// <value>2 seconds.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the manager may take to answer.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Receives the log, events 4000 to 4999.</summary>
    /// <value>Nothing hears it; what a program must hear all the same (event 4700) is written to standard error, once.</value>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero, nameof(ConnectTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero, nameof(RequestTimeout));
        if (ClientName is { Length: 0 or > 200 })
        {
            throw new ArgumentOutOfRangeException(nameof(ClientName), ClientName, "RowenClientOptions.ClientName must have 1 to 200 letters.");
        }
    }
}
