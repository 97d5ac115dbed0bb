using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary>What <c>rowen submit --output json</c> prints.</summary>
internal sealed record SubmitAnswer(JobId Job, string Folder);
