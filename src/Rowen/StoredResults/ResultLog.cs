using Microsoft.Extensions.Logging;

namespace Rowen.StoredResults;

internal static partial class ResultLog
{
    [LoggerMessage(4800, LogLevel.Warning, "Results of a map stay behind in {Folder} of {Store}, and can be removed by hand: {Why}")]
    public static partial void NotRemoved(ILogger logger, string folder, string store, string why);
}
