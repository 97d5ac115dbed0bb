using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>A lease that C holds, and what it was given of it: that ends with it.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class NativeLease(Lease lease) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, nint> _functions = new(StringComparer.Ordinal);

    public Lease Lease => lease;

    /// <summary>The provider's name, as C reads it.</summary>
    public nint Provider { get; } = Marshal.StringToCoTaskMemUTF8(lease.Provider);

    public static async Task<NativeLease> OpenAsync(RowenClient client, LeaseRequest request) => new(await client.LeaseAsync(request).ConfigureAwait(false));

    /// <summary>What people call it, as C reads it.</summary>
    public nint Name { get; } = Marshal.StringToCoTaskMemUTF8(lease.Id.ToString());

    /// <summary>The handle of a function; the same for each asking.</summary>
    public nint Find(string name)
    {
        lock (_lock)
        {
            if (!_functions.TryGetValue(name, out nint function))
            {
                function = Handle.Of(lease.Function(name));
                _functions.Add(name, function);
            }

            return function;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await lease.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            foreach (nint function in _functions.Values)
            {
                Handle.Free<Function>(function);
            }

            _functions.Clear();
            Marshal.FreeCoTaskMem(Provider);
            Marshal.FreeCoTaskMem(Name);
        }
    }
}
