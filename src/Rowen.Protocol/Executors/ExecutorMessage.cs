namespace Rowen.Protocol.Executors;

/// <summary>Kinds of message on the control socket between an agent and one of its executors; payloads are <see cref="ControlMessages.ControlMessage"/>s.</summary>
/// <remarks>
/// The executor is started as <c>Rowen.Executor AGENT_SOCKET [LISTEN_ADDRESS]</c> and connects to that abstract Unix socket. The agent
/// accepts only the process that it started (peer credentials: process id and user).
/// </remarks>
public enum ExecutorMessage : byte
{
    /// <summary>Executor → agent: <see cref="ExecutorPooled"/>: it has started, and waits for Assign or Rehearse.</summary>
    Pooled = 1,

    /// <summary>Agent → executor: <see cref="ExecutorAssignment"/>, and unasked the Package that it names. Again only after Returned.</summary>
    Assign = 2,

    /// <summary>Agent → executor: <see cref="ExecutorRenewal"/>.</summary>
    Renew = 3,

    /// <summary>Agent → executor: <see cref="ExecutorEnding"/>: finish within the grace, tell the owner, exit with 0; or Returned.</summary>
    End = 4,

    /// <summary>Executor → agent: <see cref="PackageQuestion"/>.</summary>
    NeedPackage = 5,

    /// <summary>Agent → executor: <see cref="PackageAnswer"/>.</summary>
    Package = 6,

    /// <summary>Executor → agent, each second while it has a lease and before it exits: <see cref="ExecutorMeter"/>.</summary>
    Meter = 7,

    /// <summary>Executor → agent: <see cref="ExecutorFailure"/>: the last message of a process that ends itself.</summary>
    Failing = 8,

    /// <summary>Agent → executor: no lease waits, so prepare for the one that comes; no payload.</summary>
    Rehearse = 9,

    /// <summary>Executor → agent, after End: nobody came to use the lease, so it waits for the next one; no payload.</summary>
    Returned = 10,
}
