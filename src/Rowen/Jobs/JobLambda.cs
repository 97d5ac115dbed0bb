using System.Security.Cryptography;
using Rowen.Journals;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>The lambda of a job: what it captures was copied by the program that submitted it, and lies in a file of the job.</summary>
/// <remarks>The job's process hands the bytes on to executors and never reads them: only executors make objects of them.</remarks>
internal sealed record JobLambda
{
    public long Bytes { get; set; }

    /// <summary>SHA-256 of the file.</summary>
    public string Hash { get; set; } = string.Empty;

    /// <summary>Writes it down, durably.</summary>
    public static JobLambda Write(string path, CapturedLambda lambda)
    {
        using FileStream file = PrivateFiles.Create(path);
        file.Write(lambda.Graph);
        file.Flush(flushToDisk: true);
        return new JobLambda { Bytes = lambda.Graph.Length, Hash = HashOf(lambda.Graph) };
    }

    /// <summary>The lambda as it was submitted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="method">What people call it.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>: the file is another.</exception>
    public CapturedLambda Read(string path, string method)
    {
        byte[] graph;
        try
        {
            graph = new FileInfo(path).Length == Bytes ? File.ReadAllBytes(path) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.JobDamaged, $"What {method} captures cannot be read from {path}: {exception.Message}", exception);
        }

        return HashOf(graph) == Hash ? CapturedLambda.OfFile(method, graph) : throw new RowenException(
            ErrorCode.JobDamaged, $"What {method} captures, in {path}, is not what was submitted. Restore the file, or submit the job anew.");
    }

    private static string HashOf(ReadOnlySpan<byte> graph) => Convert.ToHexStringLower(SHA256.HashData(graph));
}
