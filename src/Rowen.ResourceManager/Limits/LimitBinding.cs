namespace Rowen.ResourceManager.Limits;

/// <summary>A limit that keeps a lease from its owner.</summary>
/// <param name="Owner">Whose limit it is.</param>
/// <param name="IsForEver">Whether that stays so when everything else of the owner has ended.</param>
/// <param name="Sentence">Which limit, and by how much: the second half of a sentence.</param>
internal sealed record LimitBinding(Owner Owner, bool IsForEver, string Sentence);
