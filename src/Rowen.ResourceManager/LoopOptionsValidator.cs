using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager;

[OptionsValidator]
internal sealed partial class LoopOptionsValidator : IValidateOptions<LoopOptions>;
