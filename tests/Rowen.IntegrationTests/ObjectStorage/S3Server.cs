using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.S3;
using Rowen.IntegrationTests.Cli;
using Rowen.ObjectStorage;
using Rowen.S3;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>A real S3 server (Ceph's), started once for all tests; it ends with this process.</summary>
/// <remarks>One that cannot be had is a failure, not a reason to leave tests out: build/s3-server.sh installs what it needs.</remarks>
internal sealed class S3Server
{
    /// <summary>Installing comes on top, once.</summary>
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(240);

    private static readonly Lazy<Task<S3Server>> Shared = new(StartAsync);

    private readonly Process _script;
    private int _buckets;

    private S3Server(Process script, string folder, int port)
    {
        _script = script;
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        Port = port;
        using JsonDocument user = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "user.json")));
        JsonElement keys = user.RootElement.GetProperty("keys")[0];
        (AccessKey, SecretKey) = (keys.GetProperty("access_key").GetString()!, keys.GetProperty("secret_key").GetString()!);
    }

    public string Endpoint { get; }

    public int Port { get; }

    public string AccessKey { get; }

    public string SecretKey { get; }

    public static Task<S3Server> GetAsync() => Shared.Value;

    /// <summary>How it is reached, as the user's file would say it.</summary>
    public StoreAccess Access(int retries = 9) => new() { Uri = "s3://", Endpoint = Endpoint, AccessKey = AccessKey, SecretKey = SecretKey, Retries = retries };

    /// <summary>The user's file, in a folder of the test's.</summary>
    public string WriteAccess(string folder, int retries = 7)
    {
        string file = Path.Combine(folder, "stores.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new { stores = new[] { new { uri = "s3://", endpoint = Endpoint, accessKey = AccessKey, secretKey = SecretKey, retries } } }));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    /// <summary>A bucket that nobody else uses.</summary>
    public async Task<string> MakeBucketAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"bucket-{Interlocked.Increment(ref _buckets)}");
        using AmazonS3Client client = S3Clients.Create(Access());
        await Access().ToRetryPolicy().RunAsync(token => client.PutBucketAsync(name, token), S3Failures.IsWorthAnother, TestContext.Current.CancellationToken);
        return name;
    }

    /// <summary>Ends the gateway as a crash would.</summary>
    public Task KillGatewayAsync() => CommandAsync("kill");

    /// <summary>Starts it again, and waits until it answers.</summary>
    public Task StartGatewayAsync() => CommandAsync("start");

    private async Task CommandAsync(string command)
    {
        await _script.StandardInput.WriteLineAsync(command);
        await _script.StandardInput.FlushAsync();
        Assert.Equal(command, await _script.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    private static async Task<S3Server> StartAsync()
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "s3", Path.GetRandomFileName());
        Process script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "build", "s3-server.sh"), [folder])
        {
            RedirectStandardInput = true, // and so it ends with us, however we do
            RedirectStandardOutput = true,
        })!;
        string? line = await script.StandardOutput.ReadLineAsync().WaitAsync(StartBound);
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        return new S3Server(script, folder, int.Parse(line!.AsSpan(6), CultureInfo.InvariantCulture));
    }
}
