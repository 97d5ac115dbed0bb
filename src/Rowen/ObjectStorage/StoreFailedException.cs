using Rowen.Protocol.Errors;

namespace Rowen.ObjectStorage;

/// <summary>
/// A store's server, or the file system of one of files, cannot be reached, fails, is full or refuses, also after the retries; the message says what to do. The same may succeed when that is mended. Of a function
/// it is the failure <see cref="ErrorCode.StoreFailed"/>.
/// </summary>
public sealed class StoreFailedException : IOException
{
    internal StoreFailedException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
