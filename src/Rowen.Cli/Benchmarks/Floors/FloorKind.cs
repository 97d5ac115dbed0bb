namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>What the responder of the floors is to do for the next calls.</summary>
internal enum FloorKind
{
    /// <summary>Poll the ring, one call at a time.</summary>
    Ring,

    /// <summary>Poll the ring, all slots in turn.</summary>
    Stream,

    /// <summary>Sleep on a word of the pages; wake the caller, which sleeps too.</summary>
    Futex,

    /// <summary>Sleep on a word of the pages; the caller polls for the reply.</summary>
    FutexOneSided,

    /// <summary>Spin on a socket that never blocks.</summary>
    TcpSpin,

    /// <summary>Block in receive.</summary>
    TcpBlock,
}
