namespace Rowen.Protocol.Lambdas;

/// <summary>Numbers of the functions that every executor has, and that belong to no code package.</summary>
public static class LambdaFunctions
{
    /// <summary>Takes a <see cref="LambdaBinding"/>, gives a <see cref="Sessions.FunctionDescription"/>.</summary>
    /// <remarks>
    /// An invocation, and no message of the session: a closure may be larger than any control message, and making its objects
    /// runs code of the lease's owner, which belongs on the leased cores.
    /// </remarks>
    public const uint Bind = int.MaxValue;
}
