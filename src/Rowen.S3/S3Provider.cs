using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>Opens <c>s3:</c>. Found by Rowen by its name.</summary>
internal sealed class S3Provider : ObjectStoreProvider
{
    public override IObjectStore Open(string uri, StoreAccess access)
    {
        S3Address address = S3Address.Parse(uri);
        return new S3ObjectStore(S3Clients.Create(access), address, access);
    }
}
