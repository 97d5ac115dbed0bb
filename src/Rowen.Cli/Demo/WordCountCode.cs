using System.Reflection;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Demo;

/// <summary>The sample that the demo runs: as a code package for executors, and as a method for the plain loop.</summary>
internal sealed class WordCountCode
{
    public const string CountWords = "CountWords";
    public const string Echo = "Echo";

    private WordCountCode(string folder)
    {
        Package = CodePackage.FromFolder(folder);
        MethodInfo method = Assembly.LoadFrom(Path.Combine(folder, "WordCount.dll")).GetType("WordCount.Words", throwOnError: true)!
            .GetMethod(CountWords, [typeof(string)])!;
        Count = method.CreateDelegate<Func<string, Dictionary<string, int>>>();
    }

    public CodePackage Package { get; }

    /// <summary>The same method that executors run.</summary>
    public Func<string, Dictionary<string, int>> Count { get; }

    /// <summary>Finds it beside the program, where <c>./rowen</c> puts it.</summary>
    public static WordCountCode Load()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "WordCount");
        return File.Exists(Path.Combine(folder, "WordCount.dll"))
            ? new WordCountCode(folder)
            : throw new RowenException(
                ErrorCode.PackageUnusable,
                $"The demo's functions are not in {folder}. Run the demo as `./rowen demo` in the repository: it builds them.");
    }

    /// <summary>The plain single-threaded loop that the map is held against.</summary>
    public WordTotals RunPlainLoop(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var totals = new WordTotals();
        foreach (string file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                totals.Add(Count(file));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                totals.AddFailure();
            }
        }

        return totals;
    }
}
