#:project ../../src/Rowen.Cli/Rowen.Cli.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=NETSDK1206

// What a batch job pays for memory that is lent beside it: LAMMPS, pinned to one core, alone and while memory of its node is
// read and written from another core, in turns, so short that both of a pair meet the same machine; the cluster is there all the time, the memory is leased for its turns. See run.sh.
//
//   beside.cs FOLDER PROVIDER CORE_OF_LAMMPS CORE_OF_READER PAIRS RATE...     bytes per second; 0: leased, untouched; full: as fast as it goes
using System.Diagnostics;
using System.Globalization;
using Rowen;
using Rowen.Fabric.OperatingSystem;

const int accessBytes = 1 << 20;
const long regionBytes = 256L << 20;
string folder = Path.GetFullPath(args[0]);
(string provider, int victimCore, int readerCore, int pairs) = (args[1], Number(args[2]), Number(args[3]), Number(args[4]));
var random = new Random(1);
Console.Error.WriteLine("rate pair state wall_s cpu_s achieved_bytes_per_s");
Console.WriteLine("| traffic | achieved | alone, wall s | beside, wall s | wall | processor time |");
Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
await using RowenClient rowen = await RowenClient.StartLocalAsync();
await SampleAsync(); // brings files and caches in, and lets the cluster settle
foreach (string rate in args[5..])
{
    List<Sample> alone = [];
    List<Sample> beside = [];
    for (int pair = 0; pair < pairs; pair++)
    {
        bool isAloneFirst = random.Next(2) == 0;
        foreach (bool isAlone in (bool[])[isAloneFirst, !isAloneFirst])
        {
            Sample sample = isAlone ? await SampleAsync() : await SampleBesideAsync(rate);
            (isAlone ? alone : beside).Add(sample);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{rate} {pair} {(isAlone ? "alone" : "beside")} {sample.Wall:0.000} {sample.Cpu:0.000} {sample.BytesPerSecond:0}"));
        }
    }

    double[] wall = [.. alone.Zip(beside, (one, other) => 100 * ((other.Wall / one.Wall) - 1))];
    double[] cpu = [.. alone.Zip(beside, (one, other) => 100 * ((other.Cpu / one.Cpu) - 1))];
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {rate} | {Median(beside.Select(sample => sample.BytesPerSecond)) / 1e6:0} MB/s | {Median(alone.Select(sample => sample.Wall)):0.00} "
        + $"| {Median(beside.Select(sample => sample.Wall)):0.00} | {Show(wall)} | {Show(cpu)} |"));
}

return 0;

async Task<Sample> SampleAsync()
{
    await Task.Delay(300); // what starts and ends processes is over
    return Compute();
}

async Task<Sample> SampleBesideAsync(string rate)
{
    await using RemoteMemory memory = await rowen.LeaseMemoryAsync(new MemoryRequest { LengthBytes = regionBytes, Provider = provider });
    await using MemoryRegion region = await memory.AllocateAsync(regionBytes);
    using var enough = new CancellationTokenSource();
    double bytesPerSecond = rate == "full" ? double.PositiveInfinity : double.Parse(rate, CultureInfo.InvariantCulture);
    var traffic = new Traffic(region, accessBytes, bytesPerSecond, readerCore);
    Thread thread = new(() => traffic.Run(enough.Token)) { IsBackground = true };
    thread.Start();
    traffic.Reset();
    Sample sample = await SampleAsync();
    double achieved = traffic.Rate();
    await enough.CancelAsync();
    thread.Join();
    return sample with { BytesPerSecond = achieved };
}

Sample Compute()
{
    string command = string.Create(CultureInfo.InvariantCulture, $"TIMEFORMAT='%R %U %S'; time taskset -c {victimCore} lmp -in {folder}/in.melt -log none -screen none");
    var start = new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardError = true, WorkingDirectory = folder };
    start.Environment["OMP_NUM_THREADS"] = "1";
    start.Environment["LC_ALL"] = "C";
    using Process process = Process.Start(start)!;
    string said = process.StandardError.ReadToEnd();
    process.WaitForExit();
    double[]? times = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Split(' ').Select(each => double.TryParse(each, CultureInfo.InvariantCulture, out double value) ? value : double.NaN).ToArray();
    return process.ExitCode == 0 && times is [double wall, double user, double system]
        ? new Sample(wall, user + system, 0)
        : throw new InvalidDataException($"LAMMPS failed: {said}");
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static double Median(IEnumerable<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}

// The median, and the interval that holds the true one in 95 of 100 repetitions: order statistics, whatever the distribution.
static string Show(double[] percent)
{
    double[] sorted = [.. percent.Order()];
    int low = Math.Max(0, (int)Math.Floor((sorted.Length - (1.96 * Math.Sqrt(sorted.Length))) / 2) - 1);
    return string.Create(CultureInfo.InvariantCulture, $"{Median(percent):+0.0;-0.0} % ({sorted[low]:+0.0;-0.0} … {sorted[^(low + 1)]:+0.0;-0.0})");
}

internal sealed record Sample(double Wall, double Cpu, double BytesPerSecond);

/// <summary>Reads and writes in turns, at random places, no faster than told.</summary>
internal sealed class Traffic(MemoryRegion region, int accessBytes, double bytesPerSecond, int core)
{
    private readonly byte[] _bytes = new byte[accessBytes];
    private long _since = Stopwatch.GetTimestamp();
    private long _moved;

    public void Reset()
    {
        Interlocked.Exchange(ref _moved, 0);
        _since = Stopwatch.GetTimestamp();
    }

    public double Rate() => Interlocked.Read(ref _moved) / Stopwatch.GetElapsedTime(_since).TotalSeconds;

    public void Run(CancellationToken enough)
    {
        CpuAffinity.PinCurrentThread(core);
        var random = new Random(2);
        long startedAt = Stopwatch.GetTimestamp();
        double due = 0; // seconds
        for (int access = 0; !enough.IsCancellationRequested; access++)
        {
            TimeSpan ahead = TimeSpan.FromSeconds(double.IsInfinity(bytesPerSecond) ? 0 : Math.Min(due, 1e6)) - Stopwatch.GetElapsedTime(startedAt);
            if (bytesPerSecond == 0 || ahead > TimeSpan.FromMilliseconds(1))
            {
                enough.WaitHandle.WaitOne(bytesPerSecond == 0 ? TimeSpan.FromSeconds(1) : ahead);
                if (bytesPerSecond == 0 || enough.IsCancellationRequested)
                {
                    continue;
                }
            }

            long offset = random.NextInt64(region.LengthBytes - accessBytes);
            if (access % 2 == 0)
            {
                region.Read(offset, _bytes);
            }
            else
            {
                region.Write(offset, _bytes);
            }

            due += accessBytes / bytesPerSecond;
            Interlocked.Add(ref _moved, accessBytes);
        }
    }
}
