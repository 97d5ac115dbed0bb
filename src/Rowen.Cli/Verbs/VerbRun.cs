using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rowen.Cli.Output;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary>One run of a verb: what the user typed, and how to answer.</summary>
internal sealed class VerbRun(ParseResult parsed, string verb)
{
    private const int MaxMessageLength = 2_000;

    public bool IsJson => parsed.GetValue(CommonOptions.Output) == "json";

    public bool IsVerbose => parsed.GetValue(CommonOptions.Verbose);

    /// <summary>Whether a person looks at it: no colours, frames or progress bars otherwise.</summary>
    public bool IsTerminal => !IsJson && !Console.IsOutputRedirected;

    public TextWriter Out { get; } = parsed.InvocationConfiguration.Output;

    public TextWriter Error { get; } = parsed.InvocationConfiguration.Error;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Whether the user typed it, default values aside.</summary>
    public bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Opens a conversation with the manager of the cluster that the user named.</summary>
    public ManagerClient Connect() => new(ClusterFiles.Read(ClusterPath));

    public string ClusterPath => ClusterFiles.Find(Get(CommonOptions.Cluster));

    public void WriteLine(string line) => Out.WriteLine(line);

    /// <summary>Answers a program.</summary>
    public void WriteJson<T>(T message)
        where T : class => Out.WriteLine(Encoding.UTF8.GetString(ProtocolJson.Write(message)));

    /// <summary>Answers a program, with a message that only the command line has.</summary>
    public void WriteJson<T>(T message, JsonTypeInfo<T> type) => Out.WriteLine(JsonSerializer.Serialize(message, type));

    public void Write(Table table) => table.Write(Out, IsTerminal);

    /// <summary>Writes one line about an error.</summary>
    /// <returns>The exit code.</returns>
    public int? Explain(Exception exception)
    {
        ErrorAnswer error = Describe(exception);
        ExplainError(error);
        if (IsVerbose)
        {
            Error.WriteLine(exception.ToString());
        }

        return ExitCode.Of(error.Code);
    }

    /// <summary>One line about what went wrong, or the same for programs.</summary>
    public void ExplainError(ErrorAnswer error) => Error.WriteLine(
        IsJson ? Encoding.UTF8.GetString(ProtocolJson.Write(error)) : $"rowen {verb}: {OneLine(error.Message)} [{error.Code}]");

    private static ErrorAnswer Describe(Exception exception) => exception switch
    {
        RowenException known => new ErrorAnswer(known.Code, OneLine(known.Message)),
        ArgumentException or FormatException => new ErrorAnswer(ErrorCode.BadRequest, OneLine(exception.Message)),
        IOException or UnauthorizedAccessException => new ErrorAnswer(ErrorCode.BadRequest, OneLine(exception.Message)),
        _ => new ErrorAnswer(
            ErrorCode.Internal,
            $"{OneLine(exception.Message)} ({exception.GetType().Name}). This is a defect of Rowen: please report it, with what --verbose shows."),
    };

    private static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= MaxMessageLength ? line : $"{line[..MaxMessageLength]} …";
    }
}
