using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Rowen.Protocol.Audits;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Limits;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.Protocol.Clusters;

/// <summary>Talks with a resource manager: one method for each of its endpoints.</summary>
/// <remarks>
/// <para>Failures are <see cref="RowenException"/>s: <see cref="ErrorCode.ManagerUnreachable"/> when nobody answers in
/// time, <see cref="ErrorCode.NotAuthenticated"/>, <see cref="ErrorCode.MalformedMessage"/>, or whatever the manager
/// refused with. Nothing is retried here.</para>
/// <para>Thread safety: any thread. Connections are kept and used again.</para>
/// </remarks>
public sealed class ManagerClient : IDisposable
{
    private const int MaxRefusalBytes = 65_536;
    /// <summary>What the manager allows both nodes together.</summary>
    private static readonly TimeSpan MaxTrial = TimeSpan.FromSeconds(60);

    private const int CopyBytes = 65_536;

    private readonly ManagerTransport _transport;
    private readonly ManagerClientOptions _options;
    private readonly HttpMessageInvoker _http;

    /// <summary>Connects at the first request.</summary>
    /// <param name="cluster">How to reach the manager, as <see cref="ClusterFiles.Read(string)"/> returns it.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadClusterFile"/>: the address is of no known form.</exception>
    public ManagerClient(ClusterFile cluster, ManagerClientOptions? options = null)
    {
        Cluster = cluster;
        _options = options ?? new ManagerClientOptions();
        _transport = new ManagerTransport(cluster, _options);
        _http = new HttpMessageInvoker(_transport.CreateHandler());
    }

    /// <summary>The cluster that this client talks with.</summary>
    public ClusterFile Cluster { get; }

    /// <summary>Asks who answers.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<ManagerVersion> GetVersionAsync(CancellationToken cancellationToken = default) =>
        AskAsync<ManagerVersion>(HttpMethod.Get, "/v1/version", null, TimeSpan.Zero, cancellationToken);

    /// <summary>Asks for a lease. Answers at once; the lease may still wait or start.</summary>
    /// <param name="ask">What for.</param>
    /// <param name="cancellationToken">Stops the wait. The lease may exist all the same, until it expires.</param>
    public Task<LeaseView> AskLeaseAsync(LeaseAsk ask, CancellationToken cancellationToken = default) =>
        AskAsync<LeaseView>(HttpMethod.Post, "/v1/leases", ProtocolJson.Write(ask), TimeSpan.Zero, cancellationToken);

    /// <summary>Every lease that is not over, and the last ones that are.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView[]> GetLeasesAsync(CancellationToken cancellationToken = default) =>
        AskAllAsync<LeaseView>("/v1/leases", cancellationToken);

    /// <summary>One lease as it is now.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView> GetLeaseAsync(LeaseId lease, CancellationToken cancellationToken = default) =>
        AskLeaseAsync(HttpMethod.Get, lease, string.Empty, null, TimeSpan.Zero, cancellationToken);

    /// <summary>One lease, as soon as it is another than it was.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="version">The <see cref="LeaseView.Version"/> that is known already.</param>
    /// <param name="wait">How long to wait for a change, at most 20 seconds. Unchanged then: the same version again.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView> WaitForLeaseAsync(
        LeaseId lease, long version, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"?version={version}&waitMs={(long)wait.TotalMilliseconds}");
        return AskLeaseAsync(HttpMethod.Get, lease, query, null, wait, cancellationToken);
    }

    /// <summary>How to reach a lease's executor, once there is one.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="wait">How long to wait for it, at most 20 seconds.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">Also why the lease ended, if it did.</exception>
    public Task<ExecutorView> GetExecutorAsync(LeaseId lease, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/v1/leases/{lease}/executor?waitMs={(long)wait.TotalMilliseconds}");
        return AskAsync<ExecutorView>(HttpMethod.Get, path, null, wait, cancellationToken);
    }

    /// <summary>Lets a lease live for its whole duration from now.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView> RenewAsync(LeaseId lease, CancellationToken cancellationToken = default) =>
        AskLeaseAsync(HttpMethod.Post, lease, "/renew", [], TimeSpan.Zero, cancellationToken);

    /// <summary>Gives a lease back. Harmless if it is over already.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView> ReleaseAsync(LeaseId lease, CancellationToken cancellationToken = default) =>
        AskLeaseAsync(HttpMethod.Delete, lease, string.Empty, null, TimeSpan.Zero, cancellationToken);

    /// <summary>Takes a lease back from its client.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="revocation">Why, and with which grace.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LeaseView> RevokeAsync(LeaseId lease, RevokeAsk revocation, CancellationToken cancellationToken = default) =>
        AskLeaseAsync(HttpMethod.Post, lease, "/revoke", ProtocolJson.Write(revocation), TimeSpan.Zero, cancellationToken);

    /// <summary>Has one node try the fabrics to another. Takes seconds; both run a program for it.</summary>
    /// <param name="from">The node that tries.</param>
    /// <param name="to">The node that it tries to reach.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">Also <see cref="ErrorCode.PeerLost"/>: a node did not answer.</exception>
    public Task<NodeTrial> TryFabricsAsync(NodeId from, NodeId to, CancellationToken cancellationToken = default) =>
        AskAsync<NodeTrial>(HttpMethod.Get, $"/v1/nodes/{from}/fabrics/{to}", null, MaxTrial, cancellationToken);

    /// <summary>Copies what the functions of a lease have printed.</summary>
    /// <param name="lease">The lease, running or over.</param>
    /// <param name="stream"><c>out</c> or <c>err</c>.</param>
    /// <param name="target">Receives the bytes as they were printed.</param>
    /// <param name="cancellationToken">Stops the copy.</param>
    public Task CopyLogAsync(LeaseId lease, string stream, Stream target, CancellationToken cancellationToken = default) =>
        CopyAsync($"/v1/leases/{lease}/logs?stream={Uri.EscapeDataString(stream)}", target, cancellationToken);

    /// <summary>Every node that the manager knows.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<NodeView[]> GetNodesAsync(CancellationToken cancellationToken = default) =>
        AskAllAsync<NodeView>("/v1/nodes", cancellationToken);

    /// <summary>What the manager harvests from a batch system.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<HarvestView> GetHarvestAsync(CancellationToken cancellationToken = default) =>
        AskAsync<HarvestView>(HttpMethod.Get, "/v1/harvest", null, TimeSpan.Zero, cancellationToken);

    /// <summary>Stops harvesting, with all nodes given back; or lets it go on, also after too many failures in a row.</summary>
    /// <param name="ask">Which.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">Also <see cref="ErrorCode.BadRequest"/>: this cluster harvests nothing.</exception>
    public Task<HarvestView> FreezeAsync(FreezeAsk ask, CancellationToken cancellationToken = default) =>
        AskAsync<HarvestView>(HttpMethod.Post, "/v1/harvest", ProtocolJson.Write(ask), TimeSpan.Zero, cancellationToken);

    /// <summary>What the manager's audit log holds: the newest entries, at most 10,000, oldest first.</summary>
    /// <param name="age">How far to look back.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<AuditEntry[]> GetAuditAsync(TimeSpan age, CancellationToken cancellationToken = default) =>
        AskAllAsync<AuditEntry>(string.Create(CultureInfo.InvariantCulture, $"/v1/audit?ageMs={(long)age.TotalMilliseconds}"), cancellationToken);

    /// <summary>What users and accounts may have, and have. The manager reads its file of limits again first, if that has changed.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<LimitsView> GetLimitsAsync(CancellationToken cancellationToken = default) =>
        AskAsync<LimitsView>(HttpMethod.Get, "/v1/limits", null, TimeSpan.Zero, cancellationToken);

    /// <summary>What each lease has used.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<UsageView[]> GetUsageAsync(CancellationToken cancellationToken = default) =>
        AskAllAsync<UsageView>("/v1/usage", cancellationToken);

    /// <summary>Whether the manager has a code package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<bool> HasPackageAsync(CodePackageId package, CancellationToken cancellationToken = default)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(HttpMethod.Head, $"/v1/packages/{package}");
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        return true;
    }

    /// <summary>Sends a code package; the manager checks its hash.</summary>
    /// <param name="package">The package.</param>
    /// <param name="writeAsync">Writes the tar archive to the stream that it is given.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    public Task UploadPackageAsync(
        CodePackageId package, Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken = default) =>
        UploadAsync($"/v1/packages/{package}", writeAsync, cancellationToken);

    private async Task UploadAsync(string path, Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(HttpMethod.Put, path);
        request.Content = new StreamedContent(target => writeAsync(new BoundedStream(target, bound, long.MaxValue), bound.Token));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        request.Headers.ExpectContinue = true; // a manager that refuses says so before megabytes travel
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
    }

    /// <summary>Announces a code package, and asks which of its files the manager has in no other.</summary>
    /// <param name="manifest">The package.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Those files, to be sent with <see cref="UploadChangesAsync"/>; null if the answer is of no use.</returns>
    public async Task<CodePackageManifest?> AskLackingAsync(CodePackageManifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        byte[] answer = await AskBytesAsync(HttpMethod.Post, $"/v1/packages/{manifest.Id}/lacking", manifest.ToUtf8(), cancellationToken).ConfigureAwait(false);
        return CodePackageManifest.TryRead(answer, CodePackageLimits.Default, out CodePackageManifest? lacking) ? lacking : null;
    }

    /// <summary>Sends the files of an announced code package that the manager lacks; it checks the hash of the whole.</summary>
    /// <param name="package">The package.</param>
    /// <param name="writeAsync">Writes the tar archive of those files to the stream that it is given.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <exception cref="RowenException">Also <see cref="ErrorCode.UnknownPackage"/>: send the whole package.</exception>
    public Task UploadChangesAsync(
        CodePackageId package, Func<Stream, CancellationToken, Task> writeAsync, CancellationToken cancellationToken = default) =>
        UploadAsync($"/v1/packages/{package}/changes", writeAsync, cancellationToken);

    /// <summary>What a code package of the manager consists of, as text.</summary>
    /// <param name="package">The package.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">Also <see cref="ErrorCode.UnknownPackage"/>: the manager cannot say.</exception>
    public Task<byte[]> GetManifestAsync(CodePackageId package, CancellationToken cancellationToken = default) =>
        AskBytesAsync(HttpMethod.Get, $"/v1/packages/{package}/manifest", null, cancellationToken);

    /// <summary>Fetches some files of a code package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="wanted">Some of its files.</param>
    /// <param name="readAsync">Reads the tar archive from the stream that it is given.</param>
    /// <param name="maxBytes">The largest archive to read.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    public Task DownloadFilesAsync(
        CodePackageId package,
        CodePackageManifest wanted,
        Func<Stream, CancellationToken, Task> readAsync,
        long maxBytes,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return DownloadAsync(HttpMethod.Post, $"/v1/packages/{package}/files", wanted.ToUtf8(), readAsync, maxBytes, cancellationToken);
    }

    /// <summary>Fetches a code package. The caller checks its hash.</summary>
    /// <param name="package">The package.</param>
    /// <param name="readAsync">Reads the tar archive from the stream that it is given.</param>
    /// <param name="maxBytes">The largest archive to read.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="RowenException">Also <see cref="ErrorCode.PackageTooLarge"/>.</exception>
    public Task DownloadPackageAsync(
        CodePackageId package, Func<Stream, CancellationToken, Task> readAsync, long maxBytes, CancellationToken cancellationToken = default) =>
        DownloadAsync(HttpMethod.Get, $"/v1/packages/{package}", null, readAsync, maxBytes, cancellationToken);

    private async Task DownloadAsync(
        HttpMethod method, string path, byte[]? body, Func<Stream, CancellationToken, Task> readAsync, long maxBytes, CancellationToken cancellationToken)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(method, path);
        request.Content = body is null ? null : new ByteArrayContent(body);
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        bound.MaxSilence = _options.MaxSilence;
        await GuardAsync(
            async () =>
            {
                using Stream body = await response.Content.ReadAsStreamAsync(bound.Token).ConfigureAwait(false);
                using var archive = new BoundedStream(body, bound, maxBytes);
                await readAsync(archive, bound.Token).ConfigureAwait(false);
            },
            bound).ConfigureAwait(false);
    }

    /// <summary>Ends the whole cluster: every agent leaves, then the manager ends.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task ShutDownAsync(CancellationToken cancellationToken = default) =>
        TellAsync("/v1/shutdown", EmptyContent(), cancellationToken);

    /// <summary>An agent offers its node.</summary>
    /// <param name="join">The offer.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<NodeWelcome> JoinAsync(NodeJoin join, CancellationToken cancellationToken = default) =>
        AskAsync<NodeWelcome>(HttpMethod.Post, "/v1/nodes", ProtocolJson.Write(join), TimeSpan.Zero, cancellationToken);

    /// <summary>An agent tells what happened.</summary>
    /// <param name="node">The agent's node.</param>
    /// <param name="report">What happened.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<NodeReportAnswer> ReportAsync(NodeId node, NodeReport report, CancellationToken cancellationToken = default) =>
        AskAsync<NodeReportAnswer>(HttpMethod.Post, $"/v1/nodes/{node}/reports", ProtocolJson.Write(report), TimeSpan.Zero, cancellationToken);

    /// <summary>An agent answers a <see cref="NodeOrderKind.SendLog"/>, or another order with a number.</summary>
    /// <param name="node">The agent's node.</param>
    /// <param name="ask">Number of the question.</param>
    /// <param name="answer">The log, or what else was asked for, from where the stream stands to its end.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task AnswerAsync(NodeId node, long ask, Stream answer, CancellationToken cancellationToken = default)
    {
        var content = new StreamContent(answer, CopyBytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        return TellAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/nodes/{node}/answers/{ask}"), content, cancellationToken);
    }

    /// <summary>An agent hears its orders, heartbeats included, until the stream ends or it stops listening.</summary>
    /// <param name="node">The agent's node.</param>
    /// <param name="cancellationToken">Stops listening.</param>
    /// <returns>Orders as they come. The end of the sequence is the manager's: reconnect.</returns>
    /// <exception cref="RowenException">
    /// Also <see cref="ErrorCode.ManagerUnreachable"/> after <see cref="ManagerClientOptions.MaxSilence"/> without any order.
    /// </exception>
    public async IAsyncEnumerable<NodeOrder> OrdersAsync(
        NodeId node, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(HttpMethod.Get, $"/v1/nodes/{node}/orders");
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        bound.MaxSilence = _options.MaxSilence;
        using Stream body = await response.Content.ReadAsStreamAsync(bound.Token).ConfigureAwait(false);
        using var events = new BoundedStream(body, bound, _options.MaxAnswerBytes) { IsLimitPerMessage = true };
        IAsyncEnumerator<SseItem<NodeOrder>> items = SseParser.Create(events, ParseOrder).EnumerateAsync(bound.Token).GetAsyncEnumerator(bound.Token);
        await using ConfiguredAsyncDisposable ending = items.ConfigureAwait(false);
        while (await GuardAsync(() => items.MoveNextAsync().AsTask(), bound).ConfigureAwait(false))
        {
            events.BeginMessage();
            yield return items.Current.Data;
        }
    }

    /// <summary>Closes the connections; requests under way fail.</summary>
    public void Dispose() => _http.Dispose();

    private NodeOrder ParseOrder(string kind, ReadOnlySpan<byte> data) =>
        ProtocolJson.TryRead(data, out NodeOrder order) ? order : throw _transport.Malformed("it sent an order that is none");

    private static ByteArrayContent EmptyContent() => new([]);

    private async Task<LeaseView> AskLeaseAsync(
        HttpMethod method, LeaseId lease, string rest, byte[]? body, TimeSpan wait, CancellationToken cancellationToken)
    {
        LeaseView view = await AskAsync<LeaseView>(method, $"/v1/leases/{lease}{rest}", body, wait, cancellationToken).ConfigureAwait(false);
        return view.Id == lease ? view : throw _transport.Malformed($"asked about {lease}, it answers about {view.Id}");
    }

    private async Task<T[]> AskAllAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        T[] all = await AskAsync<T[]>(HttpMethod.Get, path, null, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return Array.TrueForAll(all, item => item is not null) ? all : throw _transport.Malformed($"{path} lists nothings");
    }

    private async Task<T> AskAsync<T>(HttpMethod method, string path, byte[]? body, TimeSpan wait, CancellationToken cancellationToken)
        where T : class
    {
        using var bound = new RequestBound(_options.RequestTimeout + wait, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        ReadOnlyMemory<byte> answer = await ReadAsync(response, _options.MaxAnswerBytes, bound).ConfigureAwait(false);
        return ProtocolJson.TryRead(answer.Span, out T message) ? message : throw _transport.Malformed($"{method} {path} brought no {typeof(T).Name}");
    }

    private async Task<byte[]> AskBytesAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellationToken)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(method, path);
        request.Content = body is null ? null : new ByteArrayContent(body);
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        return (await ReadAsync(response, _options.MaxAnswerBytes, bound).ConfigureAwait(false)).ToArray();
    }

    private async Task TellAsync(string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var bound = new RequestBound(_options.RequestTimeout, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(HttpMethod.Post, path);
        request.Content = content;
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
    }

    private async Task CopyAsync(string path, Stream target, CancellationToken cancellationToken)
    {
        // The manager itself waits as long for the agent that has the log.
        using var bound = new RequestBound(_options.RequestTimeout * 2, _options.Time, cancellationToken);
        using HttpRequestMessage request = CreateRequest(HttpMethod.Get, path);
        using HttpResponseMessage response = await SendAsync(request, bound).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, bound).ConfigureAwait(false);
        bound.MaxSilence = _options.MaxSilence;
        await GuardAsync(
            async () =>
            {
                using Stream body = await response.Content.ReadAsStreamAsync(bound.Token).ConfigureAwait(false);
                using var text = new BoundedStream(body, bound, long.MaxValue);
                await text.CopyToAsync(target, CopyBytes, bound.Token).ConfigureAwait(false);
            },
            bound).ConfigureAwait(false);
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(_transport.Address.Root, path));
        request.Headers.TryAddWithoutValidation(RequestHeaders.User, ManagerTransport.User);
        if (_transport.Authorization is { } authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return request;
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, RequestBound bound) =>
        GuardAsync(() => _http.SendAsync(request, bound.Token), bound);

    private async Task ThrowIfRefusedAsync(HttpResponseMessage response, RequestBound bound)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        ReadOnlyMemory<byte> answer = await ReadAsync(response, MaxRefusalBytes, bound).ConfigureAwait(false);
        throw ManagerRefusal.Explain(_transport, (int)response.StatusCode, answer.Span);
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, int maxBytes, RequestBound bound)
    {
        long? announced = response.Content.Headers.ContentLength;
        if (announced > maxBytes)
        {
            throw _transport.Malformed($"it answers with {announced} bytes, and {maxBytes} are the limit");
        }

        return await GuardAsync(() => ReadBodyAsync(response, (int?)announced ?? 0, maxBytes, bound), bound).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpResponseMessage response, int expectedBytes, int maxBytes, RequestBound bound)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(bound.Token).ConfigureAwait(false);
        byte[] buffer = new byte[Math.Max(expectedBytes + 1, 1024)]; // one more: the read that finds the end needs room
        int length = 0;
        while (true)
        {
            int read = await body.ReadAsync(buffer.AsMemory(length), bound.Token).ConfigureAwait(false);
            length += read;
            if (read == 0)
            {
                return buffer.AsMemory(0, length);
            }

            if (length > maxBytes)
            {
                throw _transport.Malformed($"its answer exceeds {maxBytes} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private Task<bool> GuardAsync(Func<Task> act, RequestBound bound) => GuardAsync(
        async () =>
        {
            await act().ConfigureAwait(false);
            return true;
        },
        bound);

    /// <summary>Every failure comes out as one a user can act upon; the caller's own cancellation as itself.</summary>
    private async Task<T> GuardAsync<T>(Func<Task<T>> act, RequestBound bound)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (Exception exception) when (bound.IsCancelledByCaller && exception is not RowenException)
        {
            throw new OperationCanceledException(exception.Message, exception, bound.CallersToken);
        }
        catch (OperationCanceledException exception)
        {
            throw _transport.Unreachable($"did not answer within {bound.Timeout.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            throw _transport.Explain(exception);
        }
        catch (ObjectDisposedException exception)
        {
            throw _transport.Unreachable("cannot be asked any more: this client was disposed", exception);
        }
    }
}
