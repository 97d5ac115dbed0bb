#:project ../../src/Rowen/Rowen.csproj
#:property RestorePackagesWithLockFile=false
#:property PublishAot=false
// hot FUNCTIONS: the same as hot.c, from C#.
using System.Diagnostics;
using Rowen;
using Rowen.Functions;

const int batchCount = 201, calls = 5000, warmUp = 50;
await using RowenClient rowen = await RowenClient.ConnectAsync();
await using Lease lease = await rowen.LeaseAsync(
    new LeaseRequest { Code = CodePackage.FromLibrary(args[0], "echo"), HotWindow = Timeout.InfiniteTimeSpan });
Function echo = lease.Function("echo");
double[] batches = new double[batchCount];
byte[] value = new byte[8], answer = new byte[8];
for (int batch = -warmUp; batch < batchCount; batch++)
{
    long start = Stopwatch.GetTimestamp();
    for (int i = 0; i < calls; i++)
    {
        echo.Invoke(value, answer).ThrowIfFailed();
    }

    if (batch >= 0)
    {
        batches[batch] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
    }
}

Array.Sort(batches);
Console.WriteLine($"{batches[batchCount / 2]:F1}");
