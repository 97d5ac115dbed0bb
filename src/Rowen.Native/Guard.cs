using System.Diagnostics.CodeAnalysis;

namespace Rowen.Native;

/// <summary>What stands around every export. Those of the hot path have it in themselves: a closure is an allocation.</summary>
internal static class Guard
{
    /// <summary>Runs an export's body, unless this process is a fork.</summary>
    /// <param name="body">Its code, which it may also throw.</param>
    [SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
    public static int Run(Func<int> body)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            return body();
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }
}
