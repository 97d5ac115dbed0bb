namespace Rowen.ResourceManager.Http;

/// <summary>Mark of a connection whose user the kernel has vouched for. All others need the token.</summary>
internal sealed class TrustedPeer;
