using System.Globalization;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The least that a call over libfabric can be: <c>fi_writedata</c> there and back between two processes written in C. It
/// follows the same plans as Rowen, but times its calls itself.
/// </summary>
/// <remarks>
/// As a side it copies nothing, as the fabric does not; <see cref="WithCopies"/> copies as calls of functions must, and as the
/// floor of shared memory does: in, from input to output, out.
/// </remarks>
internal sealed class LibfabricFloor : EchoSide, IDisposable
{
    private readonly CompiledProgram _program;
    private readonly LibfabricFloorProcess _caller;
    private readonly LibfabricFloorProcess _responder;

    private LibfabricFloor(LibfabricPlace place, CompiledProgram program, LibfabricFloorProcess caller, LibfabricFloorProcess responder)
    {
        Provider = place.Provider;
        _program = program;
        _caller = caller;
        _responder = responder;
    }

    /// <summary>libfabric's provider.</summary>
    public string Provider { get; }

    /// <summary>The same with the copies of a call.</summary>
    public EchoSide WithCopies => new CopyingSide(this);

    /// <summary>Compiles the program and starts both processes.</summary>
    /// <param name="place">Provider and address.</param>
    /// <param name="cores">A core for each.</param>
    /// <param name="placeCount">How many places each may write to: as many writes as will be in flight.</param>
    /// <param name="placeBytes">The largest payload that will be asked for.</param>
    /// <param name="folder">Where the program lies meanwhile.</param>
    /// <exception cref="IOException">It could not be compiled or started; the message says what to install.</exception>
    public static LibfabricFloor Start(LibfabricPlace place, BenchmarkCores cores, int placeCount, int placeBytes, string folder)
    {
        var program = CompiledProgram.OfLibfabric(folder);
        LibfabricFloorProcess? caller = null;
        LibfabricFloorProcess? responder = null;
        try
        {
            caller = new LibfabricFloorProcess(program.Path, place, cores.Caller, placeCount, placeBytes);
            responder = new LibfabricFloorProcess(program.Path, place, cores.Responder, placeCount, placeBytes);
            string callerAt = caller.Await("at");
            string responderAt = responder.Await("at");
            caller.Order($"peer {responderAt}");
            responder.Order($"peer {callerAt}");
            return new LibfabricFloor(place, program, caller, responder);
        }
        catch
        {
            caller?.Dispose();
            responder?.Dispose();
            program.Dispose();
            throw;
        }
    }

    public override RoundSample Measure(RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output) =>
        plan.Pause > TimeSpan.Zero ? MeasureWarm(plan, input.Length) : MeasureHot("hot", plan, input.Length);

    /// <summary>Writes of one size, one in flight for each place.</summary>
    /// <returns>One sample: the time of one write.</returns>
    public RoundSample Stream(int payloadBytes, int count, int inFlight)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"stream {payloadBytes} {count} {inFlight}");
        Serve(what);
        _caller.Order($"call {what}");
        return RoundSample.Of([_caller.AwaitTimes("elapsed")[0] / count]);
    }

    /// <summary>One-sided accesses of one size, one after the other: reads, or writes that are complete when their bytes lie there.</summary>
    /// <returns>One sample for each.</returns>
    public RoundSample Access(bool isRead, int bytes, int count)
    {
        Serve("memory 1 1");
        _caller.Order(string.Create(CultureInfo.InvariantCulture, $"call {(isRead ? "read" : "write")} {bytes} {count}"));
        return RoundSample.Of(_caller.AwaitTimes("singles"));
    }

    public void Dispose()
    {
        _caller.Dispose();
        _responder.Dispose();
        _program.Dispose();
    }

    private RoundSample MeasureHot(string kind, RoundPlan plan, int payloadBytes)
    {
        Serve(string.Create(CultureInfo.InvariantCulture, $"{kind} {payloadBytes} {plan.TotalCount}"));
        _caller.Order(string.Create(
            CultureInfo.InvariantCulture,
            $"call {kind} {plan.WarmUpCount} {plan.BatchCount} {plan.BatchCalls} {plan.SingleCount} {payloadBytes}"));
        double[] batches = _caller.AwaitTimes("batches");
        return new RoundSample(Quantiles.Median(batches), _caller.AwaitTimes("singles"));
    }

    private RoundSample MeasureWarm(RoundPlan plan, int payloadBytes)
    {
        Serve(string.Create(CultureInfo.InvariantCulture, $"warm {payloadBytes} {plan.TotalCount}"));
        _caller.Order(string.Create(
            CultureInfo.InvariantCulture,
            $"call warm {plan.WarmUpCount} {plan.SingleCount} {plan.Pause.TotalNanoseconds:0} {payloadBytes}"));
        return RoundSample.Of(_caller.AwaitTimes("singles"));
    }

    private void Serve(string what)
    {
        _responder.Order($"serve {what}");
        _ = _responder.Await("ready");
    }

    private sealed class CopyingSide(LibfabricFloor floor) : EchoSide
    {
        public override RoundSample Measure(RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output) =>
            floor.MeasureHot("copy", plan, input.Length);
    }
}
