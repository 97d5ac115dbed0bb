using System.Text.Json;
using System.Text.Json.Serialization;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>How much is kept of jobs that nobody runs. In the folder of jobs a file may say so.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record JobRetention
{
    /// <summary>The file, beside the jobs.</summary>
    public const string FileName = "retention.json";

    /// <summary>Since their last change.</summary>
    /// <value>Thirty days: a month's report can still be made.</value>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Of all jobs together; those that have ended go first, the oldest first. Those that could be resumed go by age alone.</summary>
    /// <value>10 GiB: a fraction of the usual quota of a home.</value>
    public long MaxBytes { get; set; } = 10L << 30;

    /// <summary>What the file says; without one, the defaults.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: it says what cannot be. Nothing is removed then.</exception>
    public static JobRetention Read(JobStore store)
    {
        string path = Path.Combine(store.Folder, FileName);
        if (!File.Exists(path))
        {
            return new JobRetention();
        }

        try
        {
            using FileStream file = PrivateFiles.Open(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            JobRetention? said = JsonSerializer.Deserialize(file, JobJson.Default.JobRetention);
            return said is { MaxAge.Ticks: >= 0, MaxBytes: >= 0 } ? said : throw Wrong(path, "neither may be negative", cause: null);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, exception.Message, exception);
        }
    }

    private static RowenException Wrong(string path, string why, Exception? cause) => new(
        ErrorCode.BadRequest,
        $$"""{{path}}, which says how long jobs are kept, cannot be: {{why}} It looks like {"maxAge": "90.00:00:00", "maxBytes": 53687091200}. Mend or remove it.""",
        cause);
}
