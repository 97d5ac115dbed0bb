using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary><c>rowen_map_limits</c>, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct MapLimits
{
    private readonly uint _size;
    private readonly int _maxExecutorDeaths;
    private readonly double _deadlineSeconds;
    private readonly double _timeoutSeconds;
    private readonly int _coresPerLease;

    /// <summary>What they say; null gives the defaults.</summary>
    /// <exception cref="ArgumentException">They are another version's, or a value is none.</exception>
    public static MapOptions Read(MapLimits* limits)
    {
        var defaults = new MapOptions { Errors = MapErrors.Collect };
        return limits is null ? defaults
            : limits->_size != sizeof(MapLimits) ? throw new ArgumentException(
                $"rowen_map_limits has a size of {limits->_size}, and {sizeof(MapLimits)} in this library: set it to sizeof(rowen_map_limits).", nameof(limits))
            : defaults with
            {
                MaxExecutorDeaths = limits->_maxExecutorDeaths == 0 ? defaults.MaxExecutorDeaths : limits->_maxExecutorDeaths,
                Deadline = LeaseOptions.Seconds(limits->_deadlineSeconds, default),
                MaxCoresPerLease = limits->_coresPerLease >= 0 ? limits->_coresPerLease : throw new ArgumentOutOfRangeException(nameof(limits), limits->_coresPerLease, "cores_per_lease of rowen_map_limits is negative."),
                Timeout = LeaseOptions.Seconds(limits->_timeoutSeconds, default),
            };
    }
}
