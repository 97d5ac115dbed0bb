using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rowen.Cli.Benchmarks.Agents;
using Rowen.Cli.Benchmarks.Commands;
using Rowen.Cli.Benchmarks.Data;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Journals;
using Rowen.Cli.Benchmarks.Maps;
using Rowen.Cli.Benchmarks.Memory;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks;

/// <summary>The verbs under <c>rowen bench</c>.</summary>
internal static class BenchmarkCommands
{
    private const int MaxSizeBytes = 64 << 20; // the floors' slots take eight times as much memory

    private const int MaxMemoryBytes = 1 << 30;

    private const int LeastRounds = 5;
    private const string LookAdvice = " Fewer than 5 are a look, and no measurement: what comes before them takes a tenth of its time.";

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often floor and Rowen take turns, from 1 to 10000." + LookAdvice,
        DefaultValueFactory = _ => new InvokeSettings().Rounds,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 10_000) ?? 0,
    };

    private static readonly Option<string?> Provider = CreateProvider();
    private static readonly Option<long?> Soak = CreateSoak();

    private static readonly Option<IReadOnlyList<int>> Sizes = new("--sizes")
    {
        Description = "Payloads of hot calls in bytes, separated by commas: 8,1024,65536,1048576 if not given.",
        CustomParser = result => ParseSizes(result, MaxSizeBytes),
        HelpName = "BYTES",
    };

    private static readonly Option<string?> MemoryProvider = CreateMemoryProvider();

    private static readonly Option<IReadOnlyList<int>> MemorySizes = new("--sizes")
    {
        Description = "Bytes of an access, separated by commas: 4096,65536,1048576,16777216,268435456 if not given.",
        CustomParser = result => ParseSizes(result, MaxMemoryBytes),
        HelpName = "BYTES",
    };

    private static readonly Option<int> MemoryRounds = new("--rounds")
    {
        Description = "How often remote memory, copy and Redis take turns, from 1 to 1000." + LookAdvice,
        DefaultValueFactory = _ => new MemorySettings().Rounds,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    private static readonly Option<IReadOnlyList<string>> Rows = new("--rows")
    {
        Description = $"What to measure, separated by commas: {string.Join(',', InvokeSettings.AllRows)} if not given.",
        CustomParser = ParseRows,
        HelpName = "KINDS",
    };

    private static readonly Option<string?> Samples = new("--samples")
    {
        Description = "Writes every sample to a CSV file.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Libfabric = new("--libfabric")
    {
        Description = "libfabric's provider, as fi_info names it. Otherwise the best that there is.",
        HelpName = "NAME",
    };

    private static readonly Option<string> Code = new("--code")
    {
        Description = "Folder of the code package whose function Echo is called: the sample WordCount if not given.",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "samples", "WordCount"),
        HelpName = "DIR",
    };

    public static Command Create()
    {
        var bench = new Command("bench", "Measures Rowen on this machine, next to what the machine can do at all.");
        bench.Subcommands.Add(CreateInvoke());
        bench.Subcommands.Add(CreateFabric());
        bench.Subcommands.Add(CreateMemory());
        bench.Subcommands.Add(CommandBenchmarkVerb.Create());
        bench.Subcommands.Add(AgentBenchmarkVerb.Create());
        bench.Subcommands.Add(AgentManagerVerb.Create());
        bench.Subcommands.Add(JournalCommand.Create());
        bench.Subcommands.Add(DataBenchmarkVerb.Create());
        bench.Subcommands.Add(MapBenchmarkVerb.Create());
        bench.Subcommands.Add(CreateFloors());
        bench.Subcommands.Add(FloorCommand.Create());
        return bench;
    }

    private static VerbCommand CreateInvoke() => new VerbCommand(
        "invoke",
        "Measures hot, warm and cold invocations, streams, leases and idle cost, each next to its floor.",
        "rowen bench invoke",
        "rowen bench invoke --provider shm --sizes 8,4096 --rounds 20",
        "rowen bench invoke --provider ofi --rows hot,warm",
        "rowen bench invoke --rows cold,lease",
        "rowen bench invoke --output json --samples samples.csv",
        "rowen bench invoke --provider shm --soak 10000000")
        .WithCluster()
        .With(Rows).With(Provider).With(Sizes).With(Rounds).With(Samples).With(Code).With(Soak)
        .Runs(InvokeAsync);

    private static VerbCommand CreateFabric() => new VerbCommand(
        "fabric",
        "Measures the fabric providers without leases and functions: ping-pong, sleepers, 4 MiB with 16 in flight; next to C and Open MPI.",
        "rowen bench fabric",
        "rowen bench fabric --provider ofi --libfabric 'verbs;ofi_rxm'",
        "rowen bench fabric --sizes 8,4096 --rounds 10 --output json")
        .With(Provider).With(Libfabric).With(Sizes).With(Rounds)
        .Runs(MeasureFabricAsync);

    private static VerbCommand CreateMemory() => new VerbCommand(
        "memory",
        "Measures remote memory, read and written, next to a copy within one process and to Redis.",
        "rowen bench memory",
        "rowen bench memory --provider shm --sizes 4096,1048576 --output json")
        .With(MemoryProvider).With(MemorySizes).With(MemoryRounds)
        .Runs(MeasureMemoryAsync);

    private static async Task<int> MeasureMemoryAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var settings = new MemorySettings { Rounds = run.Get(MemoryRounds) };
        settings = settings with
        {
            WarmUpTime = Around(settings.Rounds, settings.WarmUpTime),
            IdleTime = Around(settings.Rounds, settings.IdleTime),
            Providers = run.Get(MemoryProvider) is { } provider ? [provider] : settings.Providers,
            Sizes = run.Get(MemorySizes) is { Count: > 0 } sizes ? sizes : settings.Sizes,
        };
        var benchmark = new MemoryBenchmark(settings, BenchmarkCores.Choose(), new BenchmarkProgress(run.Error));
        MemoryReport report = await benchmark.RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.MemoryReport);
        }
        else
        {
            BenchmarkTables.Write(run.Out, run.IsTerminal, report);
        }

        return ExitCode.Done;
    }

    private static VerbCommand CreateFloors() => new VerbCommand(
        "floors",
        "Measures the machine alone: ring, futex, TCP, disk, start of a process.",
        "rowen bench floors")
        .With(Sizes).With(Rounds)
        .Runs(MeasureFloorsAsync);

    private static async Task<int> InvokeAsync(VerbRun run, CancellationToken cancellationToken)
    {
        InvokeSettings settings = Read(run);
        settings = settings with
        {
            Rows = run.Get(Rows) is { Count: > 0 } rows ? rows : settings.Rows,
            Providers = run.Get(Provider) is { } provider ? [provider] : settings.Providers,
            Code = CodePackage.FromFolder(run.Get(Code)!),
        };
        using SampleFile? samples = run.Get(Samples) is { } path ? new SampleFile(path) : null;
        var benchmark = new InvocationBenchmark(settings, BenchmarkCores.Choose(), new BenchmarkProgress(run.Error), samples);

        // Not the default cluster: others may work on it, and a private one is measured from pool to idle cost.
        string? cluster = run.Has(CommonOptions.Cluster) ? run.ClusterPath : null;
        BenchmarkReport report = run.Get(Soak) is { } count
            ? await benchmark.SoakAsync(cluster, count, cancellationToken)
            : await benchmark.RunAsync(cluster, cancellationToken);
        Write(run, report);
        return ExitCode.Done;
    }

    private static async Task<int> MeasureFabricAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var settings = new InvokeSettings
        {
            Rounds = run.Has(Rounds) ? run.Get(Rounds) : 20,
            Sizes = run.Get(Sizes) is { Count: > 0 } sizes ? sizes : [8, 1024, 1 << 20],
            Providers = run.Get(Provider) is { } provider ? [provider] : ["shm", "tcp", "ofi"],
        };
        if (settings.Sizes.Any(bytes => bytes > FabricBenchmark.StreamBytes))
        {
            throw new ArgumentException($"--sizes of `rowen bench fabric` go up to {FabricBenchmark.StreamBytes} bytes.");
        }

        var benchmark = new FabricBenchmark(settings, run.Get(Libfabric), BenchmarkCores.Choose(), new BenchmarkProgress(run.Error));
        FabricReport report = await benchmark.RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.FabricReport);
        }
        else
        {
            FabricTables.Write(run.Out, run.IsTerminal, report);
        }

        return ExitCode.Done;
    }

    private static async Task<int> MeasureFloorsAsync(VerbRun run, CancellationToken cancellationToken)
    {
        InvokeSettings settings = Read(run);
        var cores = BenchmarkCores.Choose();
        cancellationToken.ThrowIfCancellationRequested();
        using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores, settings.DiskFolder);
        IReadOnlyList<FloorRow> rows = await new FloorBenchmark(floors, settings, cores).RunAsync();
        Write(run, new BenchmarkReport(MachineFacts.Read(), cores.Caller, cores.Responder, settings.Seed, [], rows, []));
        return ExitCode.Done;
    }

    private static InvokeSettings Read(VerbRun run)
    {
        var settings = new InvokeSettings { Rounds = run.Get(Rounds) };
        return settings with
        {
            WarmUpTime = Around(settings.Rounds, settings.WarmUpTime),
            IdleTime = Around(settings.Rounds, settings.IdleTime),
            IdleSettleTime = Around(settings.Rounds, settings.IdleSettleTime),
            Sizes = run.Get(Sizes) is { Count: > 0 } sizes ? sizes : settings.Sizes,
        };
    }

    /// <summary>How long what comes before and after so many rounds takes: of a few, nobody expects a measurement.</summary>
    private static TimeSpan Around(int rounds, TimeSpan whole) => rounds < LeastRounds ? whole / 10 : whole;

    private static void Write(VerbRun run, BenchmarkReport report)
    {
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.BenchmarkReport);
        }
        else
        {
            BenchmarkTables.Write(run.Out, run.IsTerminal, report);
        }
    }

    private static Option<string?> CreateProvider()
    {
        Option<string?> provider = new("--provider")
        {
            Description = "The fabric provider to measure: shm, tcp or ofi (libfabric; its floor needs gcc and libfabric's headers). Otherwise several.",
            HelpName = "shm|tcp|ofi",
        };
        provider.AcceptOnlyFromAmong("shm", "tcp", "ofi");
        return provider;
    }

    private static Option<string?> CreateMemoryProvider()
    {
        Option<string?> provider = new("--provider")
        {
            Description = "The fabric provider to measure: shm, tcp or ofi. Otherwise all.",
            HelpName = "shm|tcp|ofi",
        };
        provider.AcceptOnlyFromAmong("shm", "tcp", "ofi");
        return provider;
    }

    private static Option<long?> CreateSoak()
    {
        Option<long?> soak = new("--soak")
        {
            Description = "Instead of the table: so many hot calls in a row on one lane, each result checked.",
            HelpName = "N",
        };
        soak.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() is < 1)
            {
                result.AddError("--soak takes a number of calls, from 1.");
            }
        });
        return soak;
    }

    private static List<string> ParseRows(ArgumentResult result)
    {
        List<string> rows = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
        if (rows.Find(row => !InvokeSettings.AllRows.Contains(row)) is { } unknown)
        {
            result.AddError($"--rows takes {string.Join(", ", InvokeSettings.AllRows)}, separated by commas; '{unknown}' is none.");
        }

        return rows;
    }

    private static List<int> ParseSizes(ArgumentResult result, int maxBytes)
    {
        var sizes = new List<int>();
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(word, CultureInfo.InvariantCulture, out int bytes) || bytes < 1 || bytes > maxBytes)
            {
                result.AddError($"--sizes takes numbers of bytes from 1 to {maxBytes}, separated by commas; '{word}' is none.");
                break;
            }

            sizes.Add(bytes);
        }

        return sizes;
    }
}
