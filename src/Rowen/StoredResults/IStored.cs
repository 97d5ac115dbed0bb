using Rowen.Protocol.Identifiers;

namespace Rowen.StoredResults;

/// <summary>A <see cref="Stored{T}"/> of whatever type, as its payload.</summary>
internal interface IStored
{
    public byte[] Payload { get; }

    /// <summary>Bytes of the object; 0 of a result that is here.</summary>
    public long ObjectBytes { get; }

    /// <summary>The lease whose executor has put the object, and may have it in its memory still; default: nobody knows. It does not travel.</summary>
    public LeaseId HeldBy { get; set; }
}
