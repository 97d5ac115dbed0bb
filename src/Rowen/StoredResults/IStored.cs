namespace Rowen.StoredResults;

/// <summary>A <see cref="Stored{T}"/> of whatever type, as its payload.</summary>
internal interface IStored
{
    public byte[] Payload { get; }
}
