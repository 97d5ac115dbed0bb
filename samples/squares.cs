#:project ../src/Rowen.Cli/Rowen.Cli.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=NETSDK1206

// Your own function in one file: dotnet run samples/squares.cs
// The project above brings `rowen` along, so that a cluster can be started on this machine.
using Rowen;
using Rowen.Functions;

await using RowenClient rowen = await RowenClient.StartLocalAsync();
double[] squares = await rowen.MapAsync(Enumerable.Range(0, 1_000).Select(n => (double)n), Numbers.Square);
Console.WriteLine($"The sum of the first thousand squares is {squares.Sum()}.");

internal static class Numbers
{
    [Function]
    public static double Square(double number) => number * number;
}
