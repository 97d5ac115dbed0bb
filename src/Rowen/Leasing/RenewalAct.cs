namespace Rowen.Leasing;

internal enum RenewalAct
{
    /// <summary>Ask the manager for another duration.</summary>
    Renew = 0,

    /// <summary>It was not renewed in time: end it here, the executor does the same there.</summary>
    Expire = 1,
}
