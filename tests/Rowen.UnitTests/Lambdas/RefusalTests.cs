using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Rowen.Cli.Logging;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;
using Rowen.Testing;

namespace Rowen.UnitTests.Lambdas;

/// <summary>What cannot travel is refused by its path, before anything is sent.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string, string> Refused()
    {
        const string ownConnection = "Connect in the lambda, or in a static field: each executor then has its own connection.";
        const string unknown = "Rowen knows no way to copy it. Capture plain data, or create it in the lambda.";
        return new TheoryData<string, string>
        {
            { "client", "cannot ship 'lambda.client': HttpClient. Create it in the lambda, or in a static field: each executor then has its own." },
            { "service", "cannot ship 'lambda.service._client': HttpClient. Create it in the lambda, or in a static field: each executor then has its own." },
            { "list", "cannot ship 'lambda.services._items[1]._client': HttpClient. Create it in the lambda, or in a static field: each executor then has its own." },
            { "token", "cannot ship 'lambda.token': CancellationToken. Give a token to MapAsync or InvokeAsync instead, or set a deadline: both end the wait from outside." },
            { "stream", "cannot ship 'lambda.stream': MemoryStream. Capture the path or the bytes, and open it in the lambda." },
            { "writer", "cannot ship 'lambda.writer': StringWriter. Return what is to be written, or write to Console in the lambda: `rowen logs` shows it." },
            { "socket", "cannot ship 'lambda.socket': Socket. " + ownConnection },
            { "task", "cannot ship 'lambda.task': Task<int>. Await it first, and capture its result." },
            { "thread", "cannot ship 'lambda.thread': Thread. A thread stays in its process." },
            { "lock", "cannot ship 'lambda.gate': Lock. A lock holds nobody in another process. Have each item return its part, and combine the results." },
            { "semaphore", "cannot ship 'lambda.semaphore': SemaphoreSlim. A semaphore holds nobody in another process. The number of leased cores bounds what runs at once." },
            { "address", "cannot ship 'lambda.address': nint. An address means nothing in another process. For a number use long." },
            { "handle", "cannot ship 'lambda.handle': SafeFileHandle. A handle means nothing in another process." },
            { "lazy", "cannot ship 'lambda.lazy': Lazy<int>. Capture its Value." },
            { "method", "cannot ship 'lambda.method': RuntimeMethodInfo. Capture the Type, and look for the member in the lambda." },
            { "exception", "cannot ship 'lambda.exception': InvalidOperationException. " + unknown },
            { "group", "cannot ship 'lambda.this._client': HttpClient. Create it in the lambda, or in a static field: each executor then has its own." },
        };
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Lambda_is_refused_with_the_path(string what, string message)
    {
        RowenException error = Assert.Throws<RowenException>(() => CapturedLambda.Of(Make(what)));

        Assert.Equal(ErrorCode.CannotShip, error.Code);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Code_that_was_made_at_run_time_is_in_no_file()
    {
        Func<int, int> made = System.Linq.Expressions.Expression.Lambda<Func<int, int>>(
            System.Linq.Expressions.Expression.Constant(1), System.Linq.Expressions.Expression.Parameter(typeof(int))).Compile();

        RowenException error = Assert.Throws<RowenException>(() => CapturedLambda.Of(made));

        Assert.Equal(ErrorCode.CannotShip, error.Code);
        Assert.Contains("Its code was made at run time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutable_static_fields_that_are_read_are_named_and_others_are_not()
    {
        var captured = CapturedLambda.Of((int x) => x + Statics.Counter + Statics.Fixed + Statics.Property);

        Assert.Equal(
            ["Rowen.UnitTests.Lambdas.Statics.Counter", "Rowen.UnitTests.Lambdas.Statics.Property"], captured.MutableStatics);
    }

    [Fact]
    public void Static_fields_that_stay_the_same_are_named_where_what_they_hold_can_change()
    {
        var captured = CapturedLambda.Of((int x) => x + Statics.Array[0] + Statics.List[0] + Statics.Table.Count + Statics.Own.Count + Statics.Wrapped.Values[0]
            + Statics.Text.Length + Statics.Immutable[0] + Statics.Frozen.Count + Statics.Read[0] + Statics.Settled.Size + Statics.Delegate(1)
            + (Statics.Pattern.IsMatch("a") ? 1 : 0) + Statics.Client.DefaultRequestHeaders.Count());

        Assert.Equal(["Array", "List", "Own", "Table", "Wrapped"], captured.MutableStatics.Select(name => name["Rowen.UnitTests.Lambdas.Statics.".Length..]));
    }

    [Fact]
    public void Static_field_is_warned_of_once_however_many_lambdas_read_it()
    {
        var log = new StringWriter();
        var warnings = new StaticWarnings(new LineLogger("test", log, new ManualTimeProvider()));

        warnings.Tell(CapturedLambda.Of((int x) => x + Statics.List.Count));
        warnings.Tell(CapturedLambda.Of((int x) => x - Statics.List.Count));

        string only = Assert.Single(log.ToString().TrimEnd().Split('\n'));
        Assert.Contains("reads the static field Rowen.UnitTests.Lambdas.Statics.List, which can change, or what it holds can", only, StringComparison.Ordinal);
    }

    [Fact]
    public void Static_field_is_warned_of_on_standard_error_once_where_nobody_logs()
    {
        var error = new StringWriter();

        new StaticWarnings(NullLogger.Instance, error).Tell(CapturedLambda.Of((int x) => x + Statics.Unlogged));
        new StaticWarnings(NullLogger.Instance, error).Tell(CapturedLambda.Of((int x) => x - Statics.Unlogged));

        Assert.Matches("^rowen: .* reads the static field Rowen.UnitTests.Lambdas.Statics.Unlogged, which can change, .* copy it to a local variable.\n$", error.ToString());
    }

    private static Delegate Make(string what)
    {
        using var client = new HttpClient();
        var service = new Service(client);
        List<object> services = ["x", service];
        CancellationToken token = new(canceled: false);
        using var stream = new MemoryStream();
        using var writer = new StringWriter();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var task = Task.FromResult(1);
        Thread thread = Thread.CurrentThread;
        var gate = new Lock();
        using var semaphore = new SemaphoreSlim(1);
        nint address = 1;
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle("/dev/null");
        var lazy = new Lazy<int>(1);
        MethodInfo method = typeof(RefusalTests).GetMethod(nameof(Lambda_is_refused_with_the_path))!;
        var exception = new InvalidOperationException();
        return what switch
        {
            "client" => () => client.BaseAddress,
            "service" => () => service.Address,
            "list" => () => services.Count,
            "token" => () => token.IsCancellationRequested,
            "stream" => () => stream.Length,
            "writer" => () => writer.NewLine,
            "socket" => () => socket.Connected,
            "task" => () => task.IsCompleted,
            "thread" => () => thread.Name,
            "lock" => () => gate.IsHeldByCurrentThread,
            "semaphore" => () => semaphore.CurrentCount,
            "address" => () => address,
            "handle" => () => handle.IsClosed,
            "lazy" => () => lazy.Value,
            "method" => () => method.Name,
            "exception" => () => exception.Message,
            _ => service.Describe,
        };
    }

    private sealed class Service(HttpClient client)
    {
        private readonly HttpClient _client = client;

        public Uri? Address => _client.BaseAddress;

        public string Describe() => $"{_client.BaseAddress}";
    }
}
