using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The least that a call through shared memory can be: copy in, publish a word, echo from slot to slot, publish a
/// word, copy out. No header, no check, no identity. Both ends of it, side by side.
/// </summary>
internal sealed class FloorRing(SharedPages pages, FloorLayout layout)
{
    private const long SpinsBetweenLooksAtTheClock = 1 << 22; // some tenths of a second
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxSleep = TimeSpan.FromSeconds(1);

    private uint _called;
    private uint _answered;
    private uint _served;

    /// <summary>Copies an input into a slot and publishes it; the caller knows that the slot is free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Publish(int slot, ReadOnlySpan<byte> input)
    {
        ref byte start = ref MemoryMarshal.GetReference(pages.Bytes);
        input.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref start, layout.Input(slot)), input.Length));
        ulong word = ((ulong)(uint)input.Length << 32) | ++_called;
        Volatile.Write(ref Unsafe.As<byte, ulong>(ref Unsafe.Add(ref start, FloorLayout.RequestWord(slot))), word);
    }

    /// <summary>Polls until the next reply is in its slot, and copies it out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(int slot, Span<byte> output)
    {
        ref byte start = ref MemoryMarshal.GetReference(pages.Bytes);
        int lengthBytes = AwaitWord(ref Unsafe.Add(ref start, FloorLayout.ReplyWord(slot)), ++_answered);
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref start, layout.Output(slot)), lengthBytes).CopyTo(output);
    }

    /// <summary>Polls for calls and echoes them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="depth">In how many slots they come, in turn.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Serve(int count, int depth)
    {
        ref byte start = ref MemoryMarshal.GetReference(pages.Bytes);
        for (int i = 0, slot = 0; i < count; i++, slot = slot + 1 == depth ? 0 : slot + 1)
        {
            int lengthBytes = AwaitWord(ref Unsafe.Add(ref start, FloorLayout.RequestWord(slot)), ++_served);
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref start, layout.Input(slot)), lengthBytes)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref start, layout.Output(slot)), lengthBytes));
            ulong word = ((ulong)(uint)lengthBytes << 32) | _served;
            Volatile.Write(ref Unsafe.As<byte, ulong>(ref Unsafe.Add(ref start, FloorLayout.ReplyWord(slot))), word);
        }
    }

    /// <summary>Publishes a call and wakes the responder, which sleeps.</summary>
    public void PublishAndWake(ReadOnlySpan<byte> input)
    {
        Publish(0, input);
        Ring(FloorLayout.RequestWakeOffset, _called);
    }

    /// <summary>Sleeps until the reply is there, and copies it out.</summary>
    public void SleepAndTake(Span<byte> output)
    {
        Sleep(FloorLayout.ReplyWakeOffset, _called);
        Take(0, output);
    }

    /// <summary>Sleeps for calls and echoes them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isCallerAsleep">Whether the caller must be woken.</param>
    public void ServeAsleep(int count, bool isCallerAsleep)
    {
        for (int i = 0; i < count; i++)
        {
            Sleep(FloorLayout.RequestWakeOffset, _served + 1);
            Serve(count: 1, depth: 1);
            if (isCallerAsleep)
            {
                Ring(FloorLayout.ReplyWakeOffset, _served);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AwaitWord(ref byte place, uint number)
    {
        ref ulong word = ref Unsafe.As<byte, ulong>(ref place);
        ulong seen = Volatile.Read(ref word);
        for (long spins = 1; (uint)seen != number; seen = Volatile.Read(ref word), spins++)
        {
            SpinPause.Once();
            if (spins % SpinsBetweenLooksAtTheClock == 0)
            {
                CheckSilence(spins);
            }
        }

        return (int)(seen >> 32);
    }

    /// <summary>Counts pauses instead of asking the clock: whoever waits this long has lost the other process.</summary>
    private static void CheckSilence(long spins)
    {
        if (spins >= 64 * SpinsBetweenLooksAtTheClock)
        {
            throw new TimeoutException("The other process of this floor fell silent.");
        }
    }

    private static void ThrowSilence() =>
        throw new TimeoutException($"The other process of this floor said nothing for {MaxSilence.TotalSeconds} s.");

    private void Ring(int offset, uint number)
    {
        ref int word = ref Unsafe.As<byte, int>(ref pages.Bytes[offset]);
        Volatile.Write(ref word, (int)number);
        SharedPages.WakeOne(ref word);
    }

    private void Sleep(int offset, uint number)
    {
        ref int word = ref Unsafe.As<byte, int>(ref pages.Bytes[offset]);
        long startedAt = Stopwatch.GetTimestamp();
        for (int seen = Volatile.Read(ref word); seen != (int)number; seen = Volatile.Read(ref word))
        {
            SharedPages.WaitWhile(ref word, seen, MaxSleep);
            if (Stopwatch.GetElapsedTime(startedAt) > MaxSilence)
            {
                ThrowSilence();
            }
        }
    }
}
