using Rowen.NodeAgent;

namespace Rowen.UnitTests.NodeAgent;

public sealed class StateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-state-test-").FullName;

    private string IdFile => Path.Combine(_folder, "agent.id");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folder_keeps_its_identity_in_a_file_for_this_user_only()
    {
        string first = StateFile.ReadIdOrEmpty(IdFile);

        Assert.Equal(32, first.Length);
        Assert.Equal(first, StateFile.ReadIdOrEmpty(IdFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(IdFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdef and more")]
    [InlineData("not thirty-two hexadecimal digit")]
    public void Spoilt_identity_is_made_anew(string content)
    {
        File.WriteAllText(IdFile, content);

        string id = StateFile.ReadIdOrEmpty(IdFile);

        Assert.NotEqual(content, id);
        Assert.Equal(id, File.ReadAllText(IdFile));
    }

    [Fact]
    public void Folder_that_cannot_be_written_has_no_identity() =>
        Assert.Empty(StateFile.ReadIdOrEmpty(Path.Combine(_folder, "missing", "agent.id")));
}
