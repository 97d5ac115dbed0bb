using Rowen.LocalClusters;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Client;

public sealed class RowenProgramTests : IDisposable
{
    private readonly string _own = Directory.CreateTempSubdirectory("rowen-test-").FullName;
    private readonly string _other = Directory.CreateTempSubdirectory("rowen-test-").FullName;

    public void Dispose()
    {
        Directory.Delete(_own, recursive: true);
        Directory.Delete(_other, recursive: true);
    }

    [Fact]
    public void Assembly_beside_the_program_comes_before_the_path()
    {
        string own = Touch(_own, "Rowen.Cli.dll");
        Touch(_other, "rowen");

        AssertProgram("dotnet", ["exec", own], Find(null));
    }

    [Fact]
    public void Command_on_the_path_is_the_last_resort()
    {
        string command = Touch(_other, "rowen");

        AssertProgram(command, [], Find(null));
    }

    [Fact]
    public void Explicit_path_is_a_file_or_a_folder_and_nothing_else_counts()
    {
        Touch(_own, "Rowen.Cli.dll");
        string other = Touch(_other, "Rowen.Cli.dll");

        AssertProgram("dotnet", ["exec", other], Find(other));
        AssertProgram("dotnet", ["exec", other], Find(_other));
        string missing = Path.Combine(_other, "nothing");
        RowenException error = Assert.Throws<RowenException>(() => Find(missing));
        Assert.Contains($"LocalClusterOptions.RowenPath is {missing}, where neither Rowen.Cli.dll nor rowen is.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_says_where_it_was_looked_for_and_what_to_do()
    {
        RowenException error = Assert.Throws<RowenException>(() => Find(null));

        Assert.Equal(
            "A local cluster needs the rowen command, which was not found. "
            + $"It was looked for as {_own}/Rowen.Cli.dll and as rowen in the 1 folders of PATH. "
            + "Reference the project or package Rowen.Cli, put rowen on the PATH, or set LocalClusterOptions.RowenPath.",
            error.Message);
    }

    private RowenProgram Find(string? explicitPath) => RowenProgram.Find(explicitPath, _own, _other, "dotnet");

    private static void AssertProgram(string fileName, string[] arguments, RowenProgram actual)
    {
        Assert.Equal(fileName, actual.FileName);
        Assert.Equal(arguments, actual.Arguments);
    }

    private static string Touch(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, []);
        return path;
    }
}
