#:project ../../src/Rowen/Rowen.csproj
#:property RestorePackagesWithLockFile=false
#:property PublishAot=false
// hot FUNCTIONS: the same as hot.c, from C#.
using System.Diagnostics;
using Rowen;
using Rowen.Functions;

const int batchCount = 201;
await using RowenClient rowen = await RowenClient.ConnectAsync();
await using Lease lease = await rowen.LeaseAsync(
    new LeaseRequest { Code = CodePackage.FromLibrary(args[0], "echo"), HotWindow = Timeout.InfiniteTimeSpan });
Function echo = lease.Function("echo");
double[] batches = new double[batchCount];
long started = Stopwatch.GetTimestamp();
while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3)) // as in hot.c; here the compiler is at work meanwhile, in several steps, on this one core
{
    Hot.Batch(echo);
}

for (int batch = 0; batch < batchCount; batch++)
{
    batches[batch] = Hot.Batch(echo);
}

Array.Sort(batches);
Console.WriteLine($"{batches[batchCount / 2]:F1}");

internal static class Hot
{
    private const int Calls = 5000;
    private static readonly byte[] Value = new byte[8];
    private static readonly byte[] Answer = new byte[8];

    /// <summary>Nanoseconds of a call. A method of its own: one that awaits keeps its variables in memory.</summary>
    public static double Batch(Function echo)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++)
        {
            echo.Invoke(Value, Answer).ThrowIfFailed();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls;
    }
}
