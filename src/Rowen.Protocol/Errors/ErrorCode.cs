namespace Rowen.Protocol.Errors;

/// <summary>Why an operation failed, the same number in C#, in C, on the wire and in the logs.</summary>
/// <remarks>
/// Numbers are never reused. Hundreds name the part that refused: 1 lease, 2 invocation, 3 fabric and peers,
/// 4 code packages, 5 control plane, 6 jobs, 7 object stores.
/// </remarks>
public enum ErrorCode : ushort
{
    /// <summary>Nothing failed.</summary>
    None = 0,

    /// <summary>No node has the cores or memory that were asked for. Ask for less, or wait for them.</summary>
    CapacityExhausted = 100,

    /// <summary>The lease ended before the operation: it expired, was released, or was revoked.</summary>
    LeaseEnded = 101,

    /// <summary>The lease ended because it was not renewed in time.</summary>
    LeaseExpired = 102,

    /// <summary>The lease ended because its owner released it.</summary>
    LeaseReleased = 103,

    /// <summary>The lease was taken back: by an administrator, or because the node drains.</summary>
    LeaseRevoked = 104,

    /// <summary>Too many requests wait for capacity already. Try later.</summary>
    QueueFull = 105,

    /// <summary>No lease of that number is known, or not any longer.</summary>
    UnknownLease = 106,

    /// <summary>The request waited as long as it was allowed to, and capacity did not come.</summary>
    WaitedTooLong = 107,

    /// <summary>Its user or account may never have that much, or nothing at all; the message names the limit. Ask for less, or the administrator for more.</summary>
    LimitExceeded = 108,

    /// <summary>The function ran and threw, or returned a code other than zero. Do not retry blindly.</summary>
    FunctionFailed = 200,

    /// <summary>The reply did not come in time. The function may still have run.</summary>
    DeadlineExceeded = 201,

    /// <summary>Provably never started: safe to call again, elsewhere.</summary>
    NotExecuted = 202,

    /// <summary>The executor was lost while the function may have been running: it ran not, once, or in part.</summary>
    Unknown = 203,

    /// <summary>The executor has no function of that name or number.</summary>
    UnknownFunction = 204,

    /// <summary>Types of the call and of the function do not match, or the method has no form that Rowen can call.</summary>
    WrongSignature = 205,

    /// <summary>The input is larger than the function can take or the lease's memory can hold.</summary>
    InputTooLarge = 206,

    /// <summary>The result is larger than the caller allowed or the lease's memory can hold.</summary>
    ResultTooLarge = 207,

    /// <summary>A native function wrote past the end of its output. The executor was ended: its memory cannot be trusted.</summary>
    OutputOverrun = 208,

    /// <summary>The function ended the executor's process by itself, with an exit code.</summary>
    FunctionExitedProcess = 209,

    /// <summary>The executor died of a signal: a crash in native code, a stack overflow, an abort.</summary>
    ExecutorCrashed = 210,

    /// <summary>The executor exceeded the memory of its lease and was ended, or the function could not get more.</summary>
    OutOfMemory = 211,

    /// <summary>Bytes of the input are not what the function's type needs.</summary>
    MalformedInput = 212,

    /// <summary>A lambda captures something that cannot travel; the message names its path. Nothing was sent.</summary>
    CannotShip = 213,

    /// <summary>The command ran and failed: an exit code other than 0, a signal, its time was over, or a file is missing that it should have written.</summary>
    CommandFailed = 214,

    /// <summary>The command could not be started: no such program, not permitted, no such folder. It has not run.</summary>
    CommandNotStarted = 215,

    /// <summary>The peer is gone: its process ended, its node was lost, or it fell silent.</summary>
    PeerLost = 300,

    /// <summary>The peer sent bytes that are not Rowen's.</summary>
    MalformedMessage = 301,

    /// <summary>The peer speaks another version of the protocol. Upgrade the older side.</summary>
    OtherVersion = 302,

    /// <summary>The peer could not prove who it is: wrong token, secret, user or certificate.</summary>
    NotAuthenticated = 303,

    /// <summary>No fabric provider serves both ends, or the one that was asked for.</summary>
    NoProvider = 304,

    /// <summary>The remote memory is not lent any more: it was freed, or its lease is over. Allocate anew.</summary>
    StaleMemory = 305,

    /// <summary>The package's bytes do not have the hash that names it.</summary>
    PackageHashDiffers = 400,

    /// <summary>No node and no manager has that package.</summary>
    UnknownPackage = 401,

    /// <summary>The package could not be loaded, or holds no function.</summary>
    PackageUnusable = 402,

    /// <summary>The package exceeds what the manager accepts.</summary>
    PackageTooLarge = 403,

    /// <summary>The request is malformed, or asks for something outside its range; the message names the field.</summary>
    BadRequest = 500,

    /// <summary>The resource manager could not be reached.</summary>
    ManagerUnreachable = 501,

    /// <summary>The manager's disk is full or fails: it grants nothing that it could not remember.</summary>
    StorageFailed = 502,

    /// <summary>The cluster file is missing, stale, malformed, or readable by others.</summary>
    BadClusterFile = 503,

    /// <summary>Another manager owns this state folder.</summary>
    StateFolderInUse = 504,

    /// <summary>The manager is ending, or does not know this node any more: register again.</summary>
    UnknownNode = 505,

    /// <summary>The batch system (Slurm) refused, failed or did not answer; the message has its own words.</summary>
    BatchSystemFailed = 506,

    /// <summary>A defect of Rowen: please report it, with the log.</summary>
    Internal = 599,

    /// <summary>No job of that number is in the folder for jobs, or not any longer.</summary>
    UnknownJob = 600,

    /// <summary>Files of the job are not as they were written: the message names the file, the place and what is wrong.</summary>
    JobDamaged = 601,

    /// <summary>Another process runs the job, or is changing it.</summary>
    JobInUse = 602,

    /// <summary>The job has not ended, has ended already, or has nothing of what was asked for.</summary>
    JobNotReady = 603,

    /// <summary>The function failed because an object store did: its server cannot be reached, fails, is full or refuses. Mend that, and call again.</summary>
    StoreFailed = 700,
}
