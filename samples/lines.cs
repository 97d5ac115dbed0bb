#:project ../src/Rowen.Cli/Rowen.Cli.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=NETSDK1206

using Rowen;
using Rowen.Functions;

await using RowenClient rowen = await RowenClient.StartLocalAsync();
string[] files = Directory.GetFiles(Environment.CurrentDirectory, "*.md", SearchOption.AllDirectories);
string word = "lease";
int[] counts = await rowen.MapAsync(files, file => File.ReadLines(file).Count(line => line.Contains(word)));
Console.WriteLine($"{counts.Sum()} lines with '{word}' in {files.Length} files");

await using Lease lease = await rowen.LeaseAsync(new LeaseRequest { Cores = 1, Code = CodePackage.OfThisProgram() });
Function<string, int> countLines = lease.Function<string, int>(Files.CountLines);
Console.WriteLine(countLines.Invoke("/etc/passwd"));    // hot: spins on this thread

internal static class Files
{
    [Function]
    public static int CountLines(string path) => File.ReadLines(path).Count();
}
