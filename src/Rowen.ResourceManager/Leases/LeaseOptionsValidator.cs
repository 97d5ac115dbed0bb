using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.Leases;

[OptionsValidator]
internal sealed partial class LeaseOptionsValidator : IValidateOptions<LeaseOptions>;
