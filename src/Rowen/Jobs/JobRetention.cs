namespace Rowen.Jobs;

/// <summary>How much is kept of jobs that nobody runs.</summary>
/// <param name="MaxAge">Since their last change.</param>
/// <param name="MaxBytes">Of all jobs together; those that have ended go first, the oldest first. Those that could be resumed go by age alone.</param>
internal sealed record JobRetention(TimeSpan MaxAge, long MaxBytes);
