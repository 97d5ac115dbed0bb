using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.Nodes;

[OptionsValidator]
internal sealed partial class NodeOptionsValidator : IValidateOptions<NodeOptions>;
