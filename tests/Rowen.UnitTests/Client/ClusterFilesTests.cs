using System.Text;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Client;

public sealed class ClusterFilesTests : IDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly ClusterFile Cluster = new()
    {
        Address = "unix:/run/user/1000/rowen/manager.sock",
        ManagerProcessId = 4242,
        ManagerHost = "login1",
        RowenVersion = "0.1.0",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-test-").FullName;

    private string FilePath => Path.Combine(_folder, "sub", "cluster.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Explicit_path_comes_before_the_variable_and_the_variable_before_the_default()
    {
        Assert.Equal("/a/one", ClusterFiles.Find("/a/one", "/a/two", "/a/three"));
        Assert.Equal("/a/two", ClusterFiles.Find(null, "/a/two", "/a/three"));
        Assert.Equal("/a/two", ClusterFiles.Find("", "/a/two", "/a/three"));
        Assert.Equal("/a/three", ClusterFiles.Find(null, "", "/a/three"));
    }

    [Fact]
    public void What_was_written_is_read_and_only_the_owner_may()
    {
        ClusterFiles.Write(FilePath, Cluster);

        Assert.Equal(Cluster, Read());
        Assert.Equal(OnlyOwner, File.GetUnixFileMode(FilePath));
        Assert.Equal(OnlyOwner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(FilePath)!));
        Assert.Equal([FilePath], Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public void Missing_file_says_how_to_get_one()
    {
        RowenException error = ReadFails();

        Assert.Equal(
            $"The cluster file {FilePath} is not there. Start a cluster with `rowen up`, or name another file with --cluster or ROWEN_CLUSTER.",
            error.Message);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, "0640")]
    [InlineData(UnixFileMode.OtherRead, "0604")]
    [InlineData(UnixFileMode.OtherWrite, "0602")]
    public void File_that_others_may_use_is_refused_with_its_mode(UnixFileMode added, string mode)
    {
        ClusterFiles.Write(FilePath, Cluster);
        File.SetUnixFileMode(FilePath, OnlyOwner | added);

        Assert.Contains($"(mode {mode})", ReadFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stale_file_of_this_host_is_refused_and_of_another_host_is_not_judged()
    {
        ClusterFiles.Write(FilePath, Cluster);

        RowenException error = Assert.Throws<RowenException>(() => ClusterFiles.Read(FilePath, "login1", _ => false));
        Assert.Equal(ErrorCode.BadClusterFile, error.Code);
        Assert.Contains("is stale: its manager (process 4242 on login1) has ended. Start a cluster with `rowen up`", error.Message, StringComparison.Ordinal);
        Assert.Equal(Cluster, ClusterFiles.Read(FilePath, "login2", _ => false));
    }

    [Fact]
    public void Own_process_is_running_and_an_unused_number_is_not()
    {
        ClusterFiles.Write(FilePath, Cluster with { ManagerHost = Environment.MachineName, ManagerProcessId = Environment.ProcessId });
        Assert.Equal(Environment.ProcessId, ClusterFiles.Read(FilePath).ManagerProcessId);

        ClusterFiles.Write(FilePath, Cluster with { ManagerHost = Environment.MachineName, ManagerProcessId = int.MaxValue });
        Assert.Equal(ErrorCode.BadClusterFile, Assert.Throws<RowenException>(() => ClusterFiles.Read(FilePath)).Code);
    }

    [Theory]
    [InlineData("", "is not a cluster file: it is not JSON")]
    [InlineData("null", "it is JSON, but not of the form that `rowen up` writes")]
    [InlineData("""{"format":2,"address":"unix:/a"}""", "has format 2, and this program reads format 1")]
    [InlineData("""{"address":"/a"}""", "names the address '/a': an address is unix:/path/to/socket or https://host:port")]
    [InlineData("""{"address":"unix:a"}""", "the path of a Unix socket is absolute")]
    [InlineData("""{"address":"http://a:1"}""", "an address is unix:/path/to/socket or https://host:port")]
    [InlineData("""{"address":"https://a:1"}""", "names a TCP address without the certificate's SHA-256 and a token")]
    public void Defects_are_named(string content, string expected)
    {
        Put(Encoding.UTF8.GetBytes(content));

        Assert.Contains(expected, ReadFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unix_path_that_the_kernel_cannot_take_is_refused()
    {
        Put(Encoding.UTF8.GetBytes($$"""{"address":"unix:/{{new string('a', 107)}}"}"""));

        Assert.Contains("the kernel takes at most 107 bytes", ReadFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_file_is_not_read()
    {
        Put(new byte[ClusterFiles.MaxBytes + 1]);

        Assert.Contains("has 65537 bytes, and a cluster file has at most 65536", ReadFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_files_are_refused_and_never_more()
    {
        const int seed = 20301121;
        var random = new Random(seed);
        byte[] good = ProtocolJson.Write(Cluster);
        Put(good);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] mutated = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(FilePath, mutated);
            Exception? error = Record.Exception(() => Read());
            Assert.True(error is null or RowenException { Code: ErrorCode.BadClusterFile }, $"seed {seed}, input {i}: {error}");
        }
    }

    private void Put(byte[] content)
    {
        ClusterFiles.Write(FilePath, Cluster);
        File.WriteAllBytes(FilePath, content);
    }

    private ClusterFile Read() => ClusterFiles.Read(FilePath, "login1", _ => true);

    private RowenException ReadFails()
    {
        RowenException error = Assert.Throws<RowenException>(() => Read());
        Assert.Equal(ErrorCode.BadClusterFile, error.Code);
        return error;
    }
}
