using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rowen.Cli.Output;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary>One run of a verb: what the user typed, and how to answer.</summary>
/// <param name="parsed">What the user typed.</param>
/// <param name="verb">The verb as it is typed, from <c>rowen</c> on.</param>
internal sealed class VerbRun(ParseResult parsed, string verb)
{
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

    /// <summary>An option's value as it was typed.</summary>
    public string TextOf(Option option) => parsed.GetResult(option)!.Tokens[^1].Value;

    /// <summary>Whether the user typed <c>--</c>, behind which nothing is an option.</summary>
    public bool HasDoubleDash => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash);

    /// <summary>Opens a conversation with the manager of the cluster that the user named.</summary>
    public ManagerClient Connect() => new(ClusterFiles.Read(ClusterPath));

    public string ClusterPath => ClusterFiles.Find(Get(CommonOptions.Cluster));

    public void WriteLine(string line) => Answer(() => Out.WriteLine(line));

    /// <summary>Answers a program.</summary>
    public void WriteJson<T>(T message)
        where T : class => WriteLine(Encoding.UTF8.GetString(ProtocolJson.Write(message)));

    /// <summary>Answers a program, with a message that only the command line has.</summary>
    public void WriteJson<T>(T message, JsonTypeInfo<T> type) => WriteLine(JsonSerializer.Serialize(message, type));

    public void Write(Table table) => Answer(() => table.Write(Out, IsTerminal));

    /// <summary>Answers with bytes as they are.</summary>
    public static async Task WriteBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream output = Console.OpenStandardOutput();
            await output.WriteAsync(bytes, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotAnswer(exception);
        }
    }

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
    public void ExplainError(ErrorAnswer error) => Error.WriteLine(ErrorLine.Of(verb, error, IsJson));

    private static ErrorAnswer Describe(Exception exception) => exception switch
    {
        RowenException known => new ErrorAnswer(known.Code, known.Message),
        ArgumentException argument => new ErrorAnswer(ErrorCode.BadRequest, WithoutParameter(argument)),
        FormatException or IOException or UnauthorizedAccessException => new ErrorAnswer(ErrorCode.BadRequest, exception.Message),
        _ => new ErrorAnswer(
            ErrorCode.Internal,
            $"{exception.Message} ({exception.GetType().Name}). This is a defect of Rowen: please report it, with what --verbose shows."),
    };

    /// <summary>Without the name of a method's parameter, which nobody has typed.</summary>
    private static string WithoutParameter(ArgumentException exception) =>
        exception.Message.Replace($" (Parameter '{exception.ParamName}')", string.Empty, StringComparison.Ordinal);

    /// <summary>Writes; a reader that has gone is no error: the runtime takes it for one who has read enough.</summary>
    private static void Answer(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotAnswer(exception);
        }
    }

    private static RowenException CannotAnswer(Exception cause) => new(
        ErrorCode.BadRequest,
        $"The answer could not be written to standard output: {cause.Message}{(cause.Message.EndsWith('.') ? string.Empty : ".")} What was asked was done: only its answer is lost. Write that elsewhere.",
        cause);
}
