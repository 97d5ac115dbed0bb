namespace Rowen.Cli.Fabrics;

/// <summary>What two machines of a trial say to each other, in frames of a control socket.</summary>
internal enum TrialMessageKind : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The checking side's nonce.</summary>
    Hello = 1,

    /// <summary>The serving side's nonce, then its proof that it knows the secret.</summary>
    Challenge = 2,

    /// <summary>The checking side's proof. Nothing before it starts anything.</summary>
    Proof = 3,

    /// <summary>An order for a <see cref="FabricResponder"/>, or its answer: text.</summary>
    Line = 16,

    /// <summary>Kill the responder's process.</summary>
    Kill = 17,
}
