using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Rowen.Cli.Calls;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen call FUNCTION</c>.</summary>
internal static class CallVerb
{
    private const long DefaultMaxResultBytes = 1 << 20;

    private static readonly Argument<string> FunctionName = new("FUNCTION") { Description = "The function's name in the package." };

    private static readonly Option<string?> Code = new("--code")
    {
        Description = "Folder of a .NET code package, as `dotnet publish` left it.",
        HelpName = "FOLDER",
    };

    private static readonly Option<string?> Library = new("--library") { Description = "A native library that exports the function.", HelpName = "SO" };

    private static readonly Option<string[]> Input = new("--input", "-i")
    {
        Description = "An input as text: numbers as 3.5, arrays of them as [1, 2.5], strings and bytes as they are, objects as JSON. Several make several calls.",
        HelpName = "TEXT",
    };

    private static readonly Option<string[]> InputFile = new("--input-file")
    {
        Description = "An input as the bytes of a file, for structs too; - is standard input.",
        HelpName = "FILE",
    };

    private static readonly Option<int> Deadline = new("--deadline")
    {
        Description = "Ends a call that takes longer, in milliseconds. 0: none.",
        HelpName = "MS",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    private static readonly Option<long?> Memory = new("--memory")
    {
        Description = "Memory that the function may use, such as 4G; at least 64M. Otherwise 1G, or a core's share of the node if that is less.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    private static readonly Option<string?> Provider = new("--provider")
    {
        Description = "The fabric provider: shm, tcp, or ofi (libfabric). Otherwise the fastest that both ends share.",
        HelpName = "NAME",
    };

    private static readonly Option<int> Nodes = new("--nodes")
    {
        Description = "Calls the function on so many nodes at the same time: a core of each, all leased in one moment or none.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = result => NumberRange.Parse(result, 1) ?? 1,
    };

    private static readonly Option<int> AtLeast = new("--at-least")
    {
        Description = "With --nodes: how few of them are enough, if there are no more at that moment. Otherwise no fewer than all.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1) ?? 0,
    };

    private static readonly Option<long> MaxResult = new("--max-result")
    {
        Description = "Room for one result, such as 64M.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => DefaultMaxResultBytes,
        CustomParser = ParseSize,
    };

    private static readonly Option<bool> Raw = new("--raw")
    {
        Description = "Prints each result as the bytes that came, also where it is a number or text.",
    };

    public static VerbCommand Create() => new VerbCommand(
        "call",
        "Leases a core, calls a function on it and prints the result.",
        "rowen call Echo --code artifacts/rowen/samples/WordCount --input hello",
        "rowen call CountWords --code artifacts/rowen/samples/WordCount --input $PWD/README.md",
        "rowen call Square --code ./published --input 3.5 --input 1e9",
        "rowen call sum --library ./libsum.so --input-file numbers.bin > sum.bin")
        .WithCluster()
        .Checks(FindFault)
        .Checks(command => CompiledCode.FindFault(command, Code))
        .MayBeEmpty(Input)
        .With(FunctionName).With(Code).With(CompiledCode.Option).With(Library).With(Input).With(InputFile).With(Memory).With(Deadline).With(Nodes).With(AtLeast).With(MaxResult).With(Provider).With(Raw)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        CodePackage code = await CompiledCode.OfAsync(run, Package(run, run.Get(FunctionName)!), cancellationToken);
        IReadOnlyList<CallInput> inputs = await CallInputs.ReadAsync(run.Get(Input) ?? [], run.Get(InputFile) ?? [], cancellationToken);
        await using RowenClient client = await RowenClient.ConnectAsync(run.ClusterPath, cancellationToken: cancellationToken);
        var request = new LeaseRequest
        {
            Code = code,
            MemoryBytes = run.Get(Memory) ?? CallMemory.Choose(await client.NodesAsync(cancellationToken)),
            Nodes = run.Get(Nodes),
            AtLeast = run.Get(AtLeast),
            Provider = run.Get(Provider),
            Progress = new WaitingNote(run),
        };
        await using LeaseGroup leases = await client.LeaseNodesAsync(request, cancellationToken);
        Function function = leases[0].Function(run.Get(FunctionName)!);
        int exitCode = ExitCode.Done;
        byte[][] payloads = [.. inputs.Select(input => input.Encode(function))]; // all, before the first is sent
        foreach (byte[] input in payloads)
        {
            foreach (CallAnswer answer in await Task.WhenAll(leases.Select(lease => CallAsync(run, lease, input, cancellationToken))))
            {
                exitCode = Math.Max(exitCode, ExitCode.Of(answer.Error));
                await WriteAsync(run, answer, cancellationToken);
            }
        }

        return exitCode;
    }

    private static string? FindFault(CommandResult command) =>
        (command.GetResult(Code) is null) == (command.GetResult(Library) is null)
            ? "Say where the function is: either --code FOLDER or --library SO."
            : command.GetValue(AtLeast) > command.GetValue(Nodes) ? "--at-least is more than --nodes."
            : null;

    private static CodePackage Package(VerbRun run, string function) =>
        run.Get(Code) is { } folder ? CodePackage.FromFolder(folder) : CodePackage.FromWholeLibrary(run.Get(Library)!, function);

    private static async Task<CallAnswer> CallAsync(VerbRun run, Lease lease, byte[] input, CancellationToken cancellationToken)
    {
        Function function = lease.Function(run.Get(FunctionName)!);
        byte[] output = new byte[run.Get(MaxResult)];
        var options = new InvocationOptions { Deadline = TimeSpan.FromMilliseconds(run.Get(Deadline)) };
        long startedAt = Stopwatch.GetTimestamp();
        InvocationResult result = await function.InvokeAsync(input, output, options, cancellationToken);
        var answer = new CallAnswer
        {
            Function = function.Name,
            Lease = lease.Id.ToString(),
            Node = lease.NodeName,
            Provider = lease.Provider,
            WhyNotFaster = lease.WhyNotFaster.Length > 0 ? lease.WhyNotFaster : null,
            Outcome = result.Outcome.ToString(),
            Error = result.Error,
            Message = result.Message,
            RemoteStack = result.ToException()?.RemoteStackTrace,
            ElapsedUs = Stopwatch.GetElapsedTime(startedAt).TotalMicroseconds,
        };
        return result.IsSuccess
            ? answer.With(output[..(int)result.OutputBytes], TextForms.Find(function.OutputType), isText: function.OutputType == typeof(string).FullName, run.Get(Raw))
            : answer;
    }

    private static async Task WriteAsync(VerbRun run, CallAnswer answer, CancellationToken cancellationToken)
    {
        if (run.IsJson)
        {
            run.WriteJson(answer, CliJson.Default.CallAnswer);
            return;
        }

        if (answer.Error != ErrorCode.None)
        {
            run.ExplainError(new ErrorAnswer(answer.Error, answer.Message ?? string.Empty));
            if (run.IsVerbose && answer.RemoteStack is { } stack)
            {
                await run.Error.WriteLineAsync(stack.AsMemory(), cancellationToken);
            }

            return;
        }

        await VerbRun.WriteBytesAsync(answer.Printed, cancellationToken);
    }

    private static long ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Units.TryParseBytes(text, out long bytes) && bytes <= Array.MaxLength)
        {
            return bytes;
        }

        result.AddError($"'{text}' is no size up to 2G: sizes look like 64K or 512M.");
        return 0;
    }

    /// <summary>Says what a lease waits for, each time that this changes: nobody should stare at nothing.</summary>
    private sealed class WaitingNote(VerbRun run) : IProgress<LeaseProgress>
    {
        private string _said = string.Empty;

        public void Report(LeaseProgress value)
        {
            if (!run.IsJson && value.Reason.Length > 0 && value.Reason != _said)
            {
                _said = value.Reason;
                run.Error.WriteLine($"rowen call: {value.Lease} {value.Reason}");
            }
        }
    }
}
