using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.Auditing;

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;
