using Microsoft.Extensions.Options;

namespace Rowen.ResourceManager.Http;

[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
