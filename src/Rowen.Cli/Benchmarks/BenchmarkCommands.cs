using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Functions;
using Spectre.Console;

namespace Rowen.Cli.Benchmarks;

/// <summary>The verbs under <c>rowen bench</c>.</summary>
internal static class BenchmarkCommands
{
    private const int MaxSizeBytes = 64 << 20; // the floors' slots take eight times as much memory

    private static readonly Option<int> Rounds = CreateRounds();

    private static readonly Option<IReadOnlyList<int>> Sizes = new("--sizes")
    {
        Description = "Payloads of hot calls in bytes, separated by commas.",
        CustomParser = ParseSizes,
        DefaultValueFactory = _ => new InvokeSettings().Sizes,
    };

    private static readonly Option<string> Output = CreateOutput();

    private static readonly Option<string?> Provider = CreateProvider();

    private static readonly Option<string?> Cluster = new("--cluster")
    {
        Description = "The file of a cluster on this machine to measure. Otherwise private ones are started.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Samples = new("--samples")
    {
        Description = "Writes every sample to a CSV file.",
        HelpName = "FILE",
    };

    private static readonly Option<string> Code = new("--code")
    {
        Description = "Folder of the code package whose function Echo is called.",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "samples", "WordCount"),
        HelpName = "DIR",
    };

    private static readonly Option<long?> Soak = new("--soak")
    {
        Description = "Instead of the table: so many hot calls in a row on one lane, each checked.",
        HelpName = "N",
    };

    public static Command Create()
    {
        var bench = new Command("bench", "Measures Rowen on this machine, next to what the machine can do at all.");
        bench.Subcommands.Add(CreateInvoke());
        bench.Subcommands.Add(CreateFloors());
        bench.Subcommands.Add(FloorCommand.Create());
        return bench;
    }

    private static Command CreateInvoke()
    {
        var command = new Command(
            "invoke", "Measures hot, warm and cold invocations, streams, leases and idle cost, each next to its floor.");
        foreach (Option option in (Option[])[Provider, Sizes, Rounds, Output, Cluster, Samples, Code, Soak])
        {
            command.Options.Add(option);
        }

        command.SetAction(InvokeAsync);
        return command;
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        InvokeSettings settings = Read(parsed);
        settings = settings with
        {
            Providers = parsed.GetValue(Provider) is { } provider ? [provider] : settings.Providers,
            Code = CodePackage.FromFolder(parsed.GetValue(Code)!),
        };
        using SampleFile? samples = parsed.GetValue(Samples) is { } path ? new SampleFile(path) : null;
        var progress = new BenchmarkProgress(Console.Error);
        var benchmark = new InvocationBenchmark(settings, BenchmarkCores.Choose(), progress, samples);
        string? cluster = parsed.GetValue(Cluster);
        if (parsed.GetValue(Soak) is { } count)
        {
            double us = await benchmark.SoakAsync(cluster, count, cancellationToken);
            AnsiConsole.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} calls, {us:0.000} us each"));
        }
        else
        {
            Write(parsed, await benchmark.RunAsync(cluster, cancellationToken));
        }

        return 0;
    }

    private static Option<string?> CreateProvider()
    {
        Option<string?> provider = new("--provider") { Description = "The fabric provider to measure. Otherwise both." };
        provider.AcceptOnlyFromAmong("shm", "tcp");
        return provider;
    }

    private static Command CreateFloors()
    {
        var command = new Command("floors", "Measures the machine alone: ring, futex, TCP, disk, start of a process.");
        command.Options.Add(Rounds);
        command.Options.Add(Sizes);
        command.Options.Add(Output);
        command.SetAction(async (parsed, _) =>
        {
            InvokeSettings settings = Read(parsed);
            BenchmarkCores cores = BenchmarkCores.Choose();
            using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores.Responder, settings.DiskFolder);
            IReadOnlyList<FloorRow> rows = await new FloorBenchmark(floors, settings, cores).RunAsync();
            Write(parsed, new BenchmarkReport(MachineFacts.Read(), cores.Caller, cores.Responder, settings.Seed, [], rows, []));
            return 0;
        });
        return command;
    }

    private static InvokeSettings Read(ParseResult parsed) => new()
    {
        Rounds = parsed.GetValue(Rounds),
        Sizes = parsed.GetValue(Sizes)!,
    };

    private static Option<string> CreateOutput()
    {
        Option<string> output = new("--output")
        {
            Description = "table for people, json for programs.",
            DefaultValueFactory = _ => "table",
        };
        output.AcceptOnlyFromAmong("table", "json");
        return output;
    }

    private static Option<int> CreateRounds()
    {
        Option<int> rounds = new("--rounds")
        {
            Description = "How often floor and Rowen take turns, from 1 to 10000.",
            DefaultValueFactory = _ => new InvokeSettings().Rounds,
        };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000)
            {
                result.AddError("--rounds takes a number from 1 to 10000.");
            }
        });
        return rounds;
    }

    private static List<int> ParseSizes(ArgumentResult result)
    {
        var sizes = new List<int>();
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(word, CultureInfo.InvariantCulture, out int bytes) || bytes is < 1 or > MaxSizeBytes)
            {
                result.AddError($"--sizes takes numbers of bytes from 1 to {MaxSizeBytes}, separated by commas; '{word}' is none.");
                break;
            }

            sizes.Add(bytes);
        }

        return sizes;
    }

    private static void Write(ParseResult parsed, BenchmarkReport report)
    {
        if (parsed.GetValue(Output) == "json")
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchmarkJson.Default.BenchmarkReport));
        }
        else
        {
            BenchmarkTables.Write(AnsiConsole.Console, report);
        }
    }
}
