using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.Leases;

[OptionsValidator]
internal sealed partial class QueueOptionsValidator : IValidateOptions<QueueOptions>;
