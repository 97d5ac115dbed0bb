using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.CodePackages;

[OptionsValidator]
internal sealed partial class PackageOptionsValidator : IValidateOptions<PackageOptions>;
