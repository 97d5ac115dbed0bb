using System.Security.Cryptography;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Executor.Sessions;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen.Executor;

/// <summary>
/// Opens a lane from this process to itself and calls an echo through it, so that what a first invocation needs is
/// compiled and linked before a lease comes. Costs some tens of milliseconds once, while nobody waits.
/// </summary>
internal static class WarmUp
{
    private const int CallCount = 100;

    public static async Task RunAsync()
    {
        LoaderWarmUp.Run();
        var assignment = new ExecutorAssignment
        {
            Lease = new LeaseId(ulong.MaxValue),
            Cores = [CpuAffinity.GetAllowed()[0]],
            MemoryBytes = 1 << 20,
            SlotCount = 1,
            SlotBytes = 4096,
            HotWindowUs = 0,
            Secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SessionProof.SizeBytes)),
            EndsAtNs = long.MaxValue,
        };
        var functions = new FunctionTable();
        functions.Add([new Echo()]);
        var session = new OwnerSession(
            assignment, functions, new LeaseTerm(long.MaxValue), [new FunctionMeter()], RefuseToLoad, static (_, _) => { });
        using var listener = new SessionListener(assignment, session.Serve);
        listener.Start();
        await CallAsync(assignment, new ExecutorView(listener.Addresses, assignment.Secret));
    }

    private static async Task CallAsync(ExecutorAssignment assignment, ExecutorView executor)
    {
        await using ExecutorSession owner = await ExecutorSession.OpenAsync(
            new LeaseView { Id = assignment.Lease }, executor, provider: null, TimeProvider.System, CancellationToken.None);
        for (int i = 0; i < CallCount; i++)
        {
            PendingCall call = owner.TakeOrNone()!;
            call.Begin(resultCapacity: 0, deadlineAt: long.MaxValue, isAsync: false, continuesInline: false);
            call.Lane.Send(call, functionIndex: 0, input: new byte[8], deadlineMs: 0);
            call.Lane.Await(call);
            call.Release();
        }
    }

    private static PackageFunctions RefuseToLoad(LoadPackage load) =>
        new(load.Ask, load.Package, [], new ErrorAnswer(ErrorCode.PackageUnusable, "Nothing is loaded while warming up."));

    private sealed class Echo() : LoadedFunction("echo", "dotnet", FunctionDescription.Bytes, FunctionDescription.Bytes)
    {
        public override unsafe void Run(FunctionCall call)
        {
            call.Input.CopyTo(new Span<byte>((void*)call.Reserve(call.InputBytes), (int)call.InputBytes));
            call.ResultBytes = call.InputBytes;
        }
    }
}
