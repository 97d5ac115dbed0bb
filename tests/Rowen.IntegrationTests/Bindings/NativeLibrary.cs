using Rowen.IntegrationTests.Cli;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>librowen, compiled once for all tests; a cluster to call; and the functions that it loads.</summary>
public sealed class NativeLibrary : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10); // compiling ahead of time on a busy machine

    private readonly PrivateHome _home = new();

    internal PrivateHome Home => _home;

    /// <summary>The cluster, of two cores.</summary>
    public string ClusterFile => Path.Combine(_home.Home, ".rowen", "cluster.json");

    /// <summary>Where <c>include</c> and <c>lib</c> are.</summary>
    public string Folder { get; private set; } = string.Empty;

    /// <summary>The library with <c>echo</c>, <c>black_scholes</c>, <c>fail</c>, <c>crash</c> and <c>hold</c>.</summary>
    public string Functions { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        Finished built = await _home.RunAsync(Bound, Path.Combine(Repository.Root, "build", "librowen.sh"));
        built.AssertDone();
        Folder = built.Output.Trim();
        Functions = await CompileAsync("libfunctions.so", "gcc", "-std=c99", "-shared", "-fPIC", "-O2", Source("c/examples/functions.c"), Source("c/tests/failing.c"), "-lm");
        (await _home.RowenAsync("up", "--detach", "--cores", "2")).AssertDone();
    }

    public async ValueTask DisposeAsync()
    {
        await _home.RowenAsync("down");
        _home.Dispose();
    }

    /// <summary>A file of bindings/.</summary>
    public static string Source(string path) => Path.Combine(Repository.Root, "bindings", path);

    /// <summary>Compiles a program against librowen, with every warning an error.</summary>
    /// <returns>Where it is.</returns>
    public async Task<string> CompileAsync(string name, string compiler, params string[] arguments)
    {
        string folder = _home.Folder("compiled");
        string target = Path.Combine(folder, name);
        string pkgConfig = $"PKG_CONFIG_PATH={Path.Combine(Folder, "lib", "pkgconfig")}";
        string flags = $"cd {folder} && {pkgConfig} && export PKG_CONFIG_PATH && exec \"$@\" -o {target} -Wall -Wextra -Werror $(pkg-config --cflags --libs rowen)";
        Finished compiled = await _home.RunAsync(Bound, "sh", ["-c", flags, "compile", compiler, .. arguments]);
        compiled.AssertDone();
        return target;
    }

    /// <summary>Takes a lease away, as a batch job does.</summary>
    internal async Task RevokeAsync(LeaseId lease)
    {
        using var manager = new ManagerClient(ClusterFiles.Read(ClusterFile), new ManagerClientOptions());
        await manager.RevokeAsync(lease, new RevokeAsk(0, "a batch job wants it"), TestContext.Current.CancellationToken);
    }
}
