using System.Text.Json;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Jobs;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen results J7</c>.</summary>
internal static class ResultsVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "results",
        "Prints the results of a job in the order of its items: number, tab, result. What is not settled is left out.",
        "rowen results J1 | cut -f2",
        "rowen results J1 --output json | jq .text")
        .WithJob()
        .Runs((run, cancellationToken) => Task.FromResult(Run(run, cancellationToken)));

    private static int Run(VerbRun run, CancellationToken cancellationToken)
    {
        Job job = run.FindJob();
        using JobResults results = JobResults.Open(job.Files);
        var reading = new ItemReading(job.Files, results);
        int exitCode = ExitCode.Done;
        for (int item = 0; item < results.History.ItemCount; item++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (results.History.States[item] == ItemState.Pending)
            {
                continue;
            }

            ItemAnswer answer = reading.Read(item, withInput: false);
            exitCode = answer.Error is null ? exitCode : ExitCode.FunctionFailed;
            Write(run, answer);
        }

        long left = results.History.ItemCount - results.History.Done - results.History.Failed;
        if (left > 0)
        {
            run.Error.WriteLine($"rowen results: {Units.Count(left)} items of {job.Id} are not settled yet.");
        }

        return exitCode;
    }

    private static void Write(VerbRun run, ItemAnswer answer)
    {
        if (run.IsJson)
        {
            run.WriteJson(answer, JobAnswers.Default.ItemAnswer);
        }
        else if (answer.Error is not null)
        {
            run.Error.WriteLine($"rowen results: item {answer.Item} failed: {ErrorLine.OneLine(answer.Message ?? string.Empty)}");
        }
        else
        {
            run.WriteLine($"{answer.Item}\t{OneLine(answer.Text) ?? answer.Base64}");
        }
    }

    /// <summary>A line for each item, whatever is in it: text with ends of lines or tabs becomes a JSON text.</summary>
    private static string? OneLine(string? text) =>
        text is null || text.AsSpan().IndexOfAny('\n', '\r', '\t') < 0 ? text : $"\"{JsonEncodedText.Encode(text)}\"";
}
