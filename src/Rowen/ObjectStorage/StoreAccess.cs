using System.Text.Json.Serialization;

namespace Rowen.ObjectStorage;

/// <summary>How one store is reached, and as whom: an entry of the user's file of stores.</summary>
/// <remarks>Not a record, so that nothing prints it by accident: it holds secrets.</remarks>
internal sealed class StoreAccess
{
    /// <summary>What the URIs of the stores begin with that this is for, such as <c>s3://</c> or <c>s3://bucket</c>. The longest that fits counts.</summary>
    public required string Uri { get; set; }

    /// <summary>S3: address of the server; null: Amazon's of the region.</summary>
    public string? Endpoint { get; set; }

    /// <summary>S3: the bucket is in the path and not in the host's name. True where there is an endpoint, unless said otherwise.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>S3: the region that requests are signed for; us-east-1 unless said otherwise.</summary>
    public string? Region { get; set; }

    /// <summary>S3: null with <see cref="SecretKey"/>: what Amazon's own tools would use.</summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>S3: of temporary credentials.</summary>
    public string? SessionToken { get; set; }

    /// <summary>Redis: null: the default user.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Redis: a file with the certificates of the authorities that are trusted; null: the system's. Means nothing without rediss:.</summary>
    public string? Authorities { get; set; }

    /// <summary>How often what failed on the way is repeated; from 0 to 20.</summary>
    public int? Retries { get; set; }

    /// <summary>The file that this stands in, for messages; null: in none.</summary>
    [JsonIgnore]
    public string? File { get; set; }

    /// <summary>Where a user would change it.</summary>
    [JsonIgnore]
    public string Place => File ?? StoreAccessFile.DefaultPath;

    public RetryPolicy ToRetryPolicy() => new(Retries ?? RetryPolicy.DefaultRetries, TimeProvider.System);
}
