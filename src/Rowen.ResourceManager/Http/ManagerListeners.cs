using System.Globalization;
using System.Net.Sockets;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.CodePackages;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Journal;
using Rowen.ResourceManager.Limits;

namespace Rowen.ResourceManager.Http;

/// <summary>The manager's doors: a Unix socket for its own user, TLS with a token for the rest.</summary>
internal sealed class ManagerListeners : IAsyncDisposable
{
    /// <summary>Longest path of a Unix socket, in bytes: the kernel's field has 108, with a zero at the end.</summary>
    private const int MaxSocketPathBytes = 107;

    /// <summary>Streams and long polls have ended before; what is under way still has this long.</summary>
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(2);

    private readonly ManagerSettings _settings;
    private readonly StateFolder _folder;
    private readonly ManagerLoop _loop;
    private readonly X509Certificate2? _certificate;
    private readonly string _token;
    private readonly WebApplication _app;

    public ManagerListeners(
        ManagerSettings settings, StateFolder folder, ManagerLoop loop, PackageStore packages, Harvester? harvester, LimitsKeeper limits, AuditLog audit, ILoggerFactory logging, TimeProvider time)
    {
        _settings = settings;
        _folder = folder;
        _loop = loop;
        _token = ManagerToken.LoadOrCreate(folder.TokenFile);
        _certificate = settings.ListenTcp is null ? null : ManagerCertificate.LoadOrCreate(folder.CertificateFile, time);
        var admission = new Admission(_token, logging.CreateLogger<Admission>());
        _app = Build(admission, logging);
        _app.Use(new Refusals(logging.CreateLogger<Refusals>()).InvokeAsync);
        _app.Use(admission.AdmitRequestAsync);
        _app.UseRouting();
        Map(packages, harvester, limits, audit, time);
    }

    /// <summary>Opens the doors.</summary>
    public async Task<ManagerAddresses> StartAsync(CancellationToken cancellationToken)
    {
        if (_settings.ListenUnix)
        {
            ClearSocketPath();
        }

        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new RowenException(
                ErrorCode.BadRequest,
                $"The manager cannot listen on {_settings.ListenTcp}: {exception.Message.TrimEnd('.')}. Choose another address or port.",
                exception);
        }

        string? unix = null;
        if (_settings.ListenUnix)
        {
            File.SetUnixFileMode(_folder.SocketFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            unix = $"unix:{_folder.SocketFile}";
        }

        if (_certificate is not null)
        {
            StateFolder.WritePrivate(_folder.PortFile, Port().ToString(CultureInfo.InvariantCulture));
        }

        return _certificate is null
            ? new ManagerAddresses(unix, null, null, null, _loop.Epoch)
            : new ManagerAddresses(unix, TcpAddress(), _token, ManagerCertificate.FingerprintOf(_certificate), _loop.Epoch);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync(); // stops it first
        _certificate?.Dispose();
        if (_settings.ListenUnix)
        {
            File.Delete(_folder.SocketFile);
        }
    }

    private WebApplication Build(Admission admission, ILoggerFactory logging)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton(logging));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, SilentLifetime>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopBound);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, admission));
        // A call stays on the thread that received it: one wake-up less. Nothing here blocks but the commit, which calls wait for anyway.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder.Build();
    }

    private void Listen(KestrelServerOptions kestrel, Admission admission)
    {
        HttpOptions http = _settings.Http;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = http.MaxConnections;
        kestrel.Limits.KeepAliveTimeout = http.MaxIdleTime;
        kestrel.Limits.RequestHeadersTimeout = http.MaxHeaderTime;
        kestrel.Limits.MaxRequestBodySize = http.MaxMessageBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16_384; // ours fit into one
        if (_settings.ListenUnix)
        {
            kestrel.ListenUnixSocket(_folder.SocketFile, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.Use(next => connection => admission.AdmitConnectionAsync(connection, next));
            });
        }

        if (_certificate is not null)
        {
            kestrel.Listen(ChooseEndPoint(_settings.ListenTcp!), listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.UseHttps(_certificate, https => https.HandshakeTimeout = http.MaxHeaderTime);
            });
        }
    }

    private void Map(PackageStore packages, Harvester? harvester, LimitsKeeper limits, AuditLog audit, TimeProvider time)
    {
        var answers = new AnswerRelay(_settings.Http, time);
        new LeaseRoutes(_loop, answers, audit).Map(_app);
        new NodeRoutes(_loop, answers, _settings.Http, time).Map(_app);
        new PackageRoutes(packages, audit).Map(_app);
        new HarvestRoutes(harvester, audit).Map(_app);
        new LimitRoutes(limits).Map(_app);
        new AuditRoutes(audit, time).Map(_app);
        _app.MapGet("/v1/version", context => JsonMessages.WriteAsync(
            context, new ManagerVersion(ManagerHost.RowenVersion, ManagerVersion.CurrentProtocol, _loop.Epoch)));
        _app.MapPost("/v1/shutdown", async context =>
        {
            audit.Write(new AuditEntry { Event = AuditEvent.ClusterTakenDown, User = Caller.UserOf(context) });
            await _loop.LeaveAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        });
        _app.MapFallback("{**path}", context => Refusals.RefuseAsync(context, new ErrorAnswer(
            ErrorCode.BadRequest, $"{context.Request.Method} {context.Request.Path} is not a call of this manager (protocol 1).")));
    }

    /// <summary>The state folder is ours alone: a socket that is there was left by a manager that was killed.</summary>
    private void ClearSocketPath()
    {
        int length = Encoding.UTF8.GetByteCount(_folder.SocketFile);
        if (length > MaxSocketPathBytes)
        {
            throw new RowenException(
                ErrorCode.BadRequest,
                $"The path {_folder.SocketFile} has {length} bytes, and a Unix socket's may have {MaxSocketPathBytes}. "
                + "Choose a state folder with a shorter path.");
        }

        File.Delete(_folder.SocketFile);
    }

    /// <summary>Where any port will do, the one of the last time: agents and clients that know it find us again.</summary>
    private IPEndPoint ChooseEndPoint(IPEndPoint wanted)
    {
        if (wanted.Port != 0 || !File.Exists(_folder.PortFile)
            || !ushort.TryParse(File.ReadAllText(_folder.PortFile), CultureInfo.InvariantCulture, out ushort port))
        {
            return wanted;
        }

        try
        {
            using var probe = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(wanted.Address, port));
            return new IPEndPoint(wanted.Address, port);
        }
        catch (SocketException)
        {
            return wanted; // somebody else has it now
        }
    }

    private int Port() => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .Select(BindingAddress.Parse).First(address => !address.IsUnixPipe).Port;

    private string TcpAddress()
    {
        int port = Port();
        IPAddress address = _settings.ListenTcp!.Address;
        bool isAny = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return new UriBuilder("https", isAny ? Dns.GetHostName() : address.ToString(), port).Uri.GetLeftPart(UriPartial.Authority);
    }
}
