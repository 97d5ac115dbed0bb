using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Protocol.Clusters;

/// <summary>A blocking conversation with the manager for threads that must not depend on the thread pool.</summary>
/// <remarks>
/// <para>A lease is kept alive in a process whose pool may be starved by the very functions' callers: HttpClient makes
/// connections and hears of arrived bytes on the pool, even in its synchronous form. This asks about leases alone,
/// and all on the calling thread.</para>
/// <para>Thread safety: one thread at a time.</para>
/// </remarks>
public sealed class ManagerConnection : IDisposable
{
    private static readonly TimeSpan MinStep = TimeSpan.FromMilliseconds(1);

    private readonly ManagerTransport _transport;
    private readonly TimeProvider _time;
    private readonly byte[] _buffer = new byte[HttpAnswer.MaxBytes];
    private Socket? _socket;
    private Stream? _stream;

    /// <summary>Connects at the first question.</summary>
    /// <param name="cluster">How to reach the manager.</param>
    /// <param name="options">Clock and bounds; null for the defaults.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadClusterFile"/>: the address is of no known form.</exception>
    public ManagerConnection(ClusterFile cluster, ManagerClientOptions? options = null)
    {
        options ??= new ManagerClientOptions();
        _transport = new ManagerTransport(cluster, options);
        _time = options.Time;
    }

    /// <summary>Lets a lease live for its whole duration from now.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="timeout">Bound of the whole question, connecting included.</param>
    /// <exception cref="RowenException">The manager refused, or could not be reached in time.</exception>
    public LeaseView Renew(LeaseId lease, TimeSpan timeout) => Ask("POST", $"/v1/leases/{lease}/renew", lease, timeout);

    /// <summary>One lease as it is now.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="timeout">Bound of the whole question, connecting included.</param>
    /// <exception cref="RowenException">The manager refused, or could not be reached in time.</exception>
    public LeaseView GetLease(LeaseId lease, TimeSpan timeout) => Ask("GET", $"/v1/leases/{lease}", lease, timeout);

    /// <summary>One lease, as soon as it is another than it was.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="version">The <see cref="LeaseView.Version"/> that is known already.</param>
    /// <param name="wait">How long the manager may wait for a change.</param>
    /// <param name="timeout">Bound of the whole question, the wait included.</param>
    /// <exception cref="RowenException">The manager refused, or could not be reached in time.</exception>
    public LeaseView WaitForLease(LeaseId lease, long version, TimeSpan wait, TimeSpan timeout)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"?version={version}&waitMs={(long)wait.TotalMilliseconds}");
        return Ask("GET", $"/v1/leases/{lease}{query}", lease, timeout);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => Close();

    private LeaseView Ask(string method, string path, LeaseId lease, TimeSpan timeout)
    {
        HttpAnswer answer = Exchange(FormatRequest(method, path), Deadline.After(timeout, _time));
        if (answer.Status is < 200 or > 299)
        {
            throw ManagerRefusal.Explain(_transport, answer.Status, answer.Body);
        }

        return ProtocolJson.TryRead(answer.Body, out LeaseView view) && view.Id == lease
            ? view
            : throw _transport.Malformed($"{method} {path} brought no view of {lease}");
    }

    private byte[] FormatRequest(string method, string path)
    {
        string authorization = _transport.Authorization is { } value ? $"Authorization: {value}\r\n" : string.Empty;
        string length = method == "POST" ? "Content-Length: 0\r\n" : string.Empty;
        return Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {_transport.Address.Root.Authority}\r\n{authorization}{length}\r\n");
    }

    private HttpAnswer Exchange(byte[] request, Deadline deadline)
    {
        bool isKept = _stream is not null;
        try
        {
            return ExchangeOnce(request, deadline);
        }
        catch (Exception exception) when (isKept && exception is IOException or SocketException && !deadline.IsOver)
        {
            // The manager was restarted, or closed a connection that was idle for long: a new one tells.
            Close();
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException)
        {
            Close();
            throw Explain(exception, deadline);
        }
        catch
        {
            Close();
            throw;
        }

        try
        {
            return ExchangeOnce(request, deadline);
        }
        catch (Exception exception)
        {
            Close();
            throw exception is IOException or SocketException or AuthenticationException ? Explain(exception, deadline) : exception;
        }
    }

    private HttpAnswer ExchangeOnce(byte[] request, Deadline deadline)
    {
        Stream stream = _stream ?? Connect(deadline);
        Limit(deadline);
        stream.Write(request);
        int length = 0;
        while (true)
        {
            Limit(deadline);
            int read = stream.Read(_buffer, length, _buffer.Length - length);
            length += read;
            if (read == 0)
            {
                throw new IOException("it closed the connection before it had answered");
            }

            if (!HttpAnswer.TryRead(_buffer.AsSpan(0, length), out HttpAnswer? answer))
            {
                throw _transport.Malformed("it does not answer in HTTP/1.1, or with far more than was asked for");
            }

            if (answer is not null)
            {
                if (answer.MustClose)
                {
                    Close();
                }

                return answer;
            }
        }
    }

    private Stream Connect(Deadline deadline)
    {
        _socket = _transport.Connect(deadline.Left);
        Stream stream = new NetworkStream(_socket, ownsSocket: true);
        if (_transport.Address.UnixPath is null)
        {
            Limit(deadline);
            var secured = new SslStream(stream);
            stream = secured;
            secured.AuthenticateAsClient(_transport.CreateTlsOptions());
        }

        return _stream = stream;
    }

    /// <summary>Each blocking step gets what is left of the time.</summary>
    private void Limit(Deadline deadline)
    {
        int left = (int)Math.Ceiling((deadline.Left > MinStep ? deadline.Left : MinStep).TotalMilliseconds);
        if (deadline.IsOver)
        {
            throw new IOException("time is up");
        }

        _socket!.SendTimeout = left;
        _socket.ReceiveTimeout = left;
    }

    private RowenException Explain(Exception exception, Deadline deadline) => deadline.IsOver
        ? _transport.Unreachable($"did not answer within {deadline.Timeout.TotalSeconds:0.#} s", exception)
        : _transport.Explain(exception);

    private void Close()
    {
        _stream?.Dispose();
        _socket?.Dispose();
        _stream = null;
        _socket = null;
    }

    private readonly record struct Deadline(long StartedAt, TimeSpan Timeout, TimeProvider Time)
    {
        public TimeSpan Left => Timeout - Time.GetElapsedTime(StartedAt);

        public bool IsOver => Left <= TimeSpan.Zero;

        public static Deadline After(TimeSpan timeout, TimeProvider time) => new(time.GetTimestamp(), timeout, time);
    }
}
