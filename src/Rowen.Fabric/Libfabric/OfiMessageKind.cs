namespace Rowen.Fabric.Libfabric;

/// <summary>What the two ends of a connection say to each other beside libfabric.</summary>
internal enum OfiMessageKind : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The initiator's providers: for each, a byte with its length and its name; the best first.</summary>
    Offer = 1,

    /// <summary>The acceptor's choice of them: a byte with its length and its name, then its <see cref="OfiPlace"/>.</summary>
    Choice = 2,

    /// <summary>The initiator's <see cref="OfiPlace"/>.</summary>
    Place = 3,

    /// <summary>Why there will be no connection: text.</summary>
    Refusal = 4,

    /// <summary>The probe arrived whole; one byte says by which <see cref="OfiStrategy"/>.</summary>
    Seen = 5,

    /// <summary>Where is the memory of this key? An <see cref="OfiBlockMessage"/>, like those that follow.</summary>
    Ask = 16,

    /// <summary>There, said when it is shared and when it is asked for; or nowhere, if its length is zero.</summary>
    Tell = 17,

    /// <summary>The memory of this key may be used no more.</summary>
    Withdraw = 18,

    /// <summary>A payload in a message was meant for memory that its sender may not write.</summary>
    Refused = 19,
}
