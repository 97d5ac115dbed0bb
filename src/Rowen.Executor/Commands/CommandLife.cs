using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Rowen.Commands;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Executor.Commands;

/// <summary>One command's clock: when it is asked to end, when it is killed, and how much memory it was seen to hold.</summary>
/// <param name="id">Its process, and the process's group; not reaped.</param>
/// <param name="startedAt">By the stopwatch.</param>
/// <param name="limit">How long it may run; zero: for ever.</param>
internal sealed class CommandLife(int id, long startedAt, TimeSpan limit)
{
    private const long NsPerMs = 1_000_000;
    private const long SoftNs = 1_000 * NsPerMs;
    private const long FirstSampleNs = 10 * NsPerMs;
    private const long LongestPauseNs = 1_000 * NsPerMs;

    private long _askedAtNs = long.MaxValue;
    private bool _isKilled;
    private bool _isOverTime;
    private long _nextSampleNs = FirstSampleNs;
    private long _sampledPeakBytes;

    public bool IsAskedToEnd => _askedAtNs != long.MaxValue;

    private long AgeNs => (long)Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds;

    /// <summary>Ends it if its time is over, or if it has to.</summary>
    public void Enforce(bool isStopped, bool isHard)
    {
        long ageNs = AgeNs;
        bool isOverTime = limit > TimeSpan.Zero && ageNs >= limit.TotalNanoseconds;
        if (!isStopped && !isOverTime)
        {
            return;
        }

        if (!IsAskedToEnd)
        {
            _isOverTime = isOverTime;
            _askedAtNs = ageNs;
            Send(ProcessSignal.Terminate);
            Send(ProcessSignal.Continue); // what is stopped could not hear it
        }

        if (!_isKilled && (isHard || ageNs - _askedAtNs >= SoftNs))
        {
            _isKilled = true;
            Send(ProcessSignal.Kill);
        }
    }

    /// <summary>How long nothing has to be done, if the command does nothing.</summary>
    /// <param name="isBlind">The kernel does not tell of its end.</param>
    public TimeSpan NextLook(bool isBlind)
    {
        long ageNs = AgeNs;
        long untilNs = Math.Min(_nextSampleNs - ageNs, isBlind ? NsPerMs : LongestPauseNs);
        if (!IsAskedToEnd && limit > TimeSpan.Zero)
        {
            untilNs = Math.Min(untilNs, (long)limit.TotalNanoseconds - ageNs);
        }
        else if (IsAskedToEnd && !_isKilled)
        {
            untilNs = Math.Min(untilNs, _askedAtNs + SoftNs - ageNs);
        }

        return TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(untilNs / (double)NsPerMs)));
    }

    /// <summary>Looks at its memory now and then: the kernel's word at the end says nothing about a small command.</summary>
    public void Sample()
    {
        long ageNs = AgeNs;
        if (ageNs >= _nextSampleNs)
        {
            _nextSampleNs = ageNs + Math.Min(ageNs, LongestPauseNs);
            _sampledPeakBytes = Math.Max(_sampledPeakBytes, ReadPeak());
        }
    }

    public CommandReport Report(ChildProcessExit exit, TimeSpan duration) => new()
    {
        ExitCode = exit.ExitCode,
        Signal = exit.Signal,
        IsOverTime = _isOverTime,
        DurationNs = (long)duration.TotalNanoseconds,
        ProcessorNs = exit.ProcessorNs,
        PeakMemoryBytes = Math.Max(exit.PeakBytes, _sampledPeakBytes),
    };

    private void Send(ProcessSignal signal)
    {
        try
        {
            ProcessControl.KillGroup(id, signal);
        }
        catch (Win32Exception)
        {
            // It has changed its user, as a set-uid program does: nothing that we can do.
        }
    }

    private long ReadPeak()
    {
        const string name = "VmHWM:";
        try
        {
            string line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/status"))
                .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) ?? name;
            ReadOnlySpan<char> number = line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim();
            return long.TryParse(number, CultureInfo.InvariantCulture, out long kib) ? kib * 1024 : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0; // it has ended
        }
    }
}
