using Rowen.ObjectStorage;

namespace Rowen.Cli.Data;

/// <summary>A part of an object, for programs.</summary>
/// <param name="Store">URI of the object's store.</param>
/// <param name="Name">The object.</param>
/// <param name="Index">Which of its parts, from 0.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Start">The part's records begin here or later.</param>
/// <param name="End">And before here.</param>
/// <param name="StartsQuoted">Whether the start lies between quotes.</param>
internal sealed record PartAnswer(string Store, string Name, int Index, int Count, long Start, long End, bool StartsQuoted)
{
    public static PartAnswer Of(ObjectPart part) =>
        new(part.Store, part.Whole.Name, part.Index, part.Count, part.StartBytes, part.EndBytes, part.StartsQuoted);
}
