using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Jobs;

public sealed class StatusFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-status-").FullName;

    private string Status => Path.Combine(_folder, "status");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read_and_a_long_reason_is_cut_to_fit()
    {
        StatusFile.Create(Status, new JobStatus { Id = new JobId(3), Reason = new string('\u0001', 5_000), Total = 9 });

        JobStatus? read = StatusFile.ReadOrNone(Status);

        Assert.Equal((new JobId(3), 9), (read!.Id, read.Total));
        Assert.EndsWith(" …", read.Reason, StringComparison.Ordinal);
        Assert.Equal(StatusFile.SizeBytes, new FileInfo(Status).Length);
    }

    [Fact]
    public void Page_that_is_half_written_is_not_believed()
    {
        StatusFile.Create(Status, new JobStatus { Id = new JobId(3), Total = 9 });
        byte[] page = File.ReadAllBytes(Status);
        page[20] ^= 1;
        File.WriteAllBytes(Status, page);

        Assert.Null(StatusFile.ReadOrNone(Status));
    }
}
