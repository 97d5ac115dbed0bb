using System.Globalization;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Every sample as CSV, for whoever wants to see more than medians.</summary>
internal sealed class SampleFile : IDisposable
{
    private readonly StreamWriter _writer;

    public SampleFile(string path)
    {
        _writer = new StreamWriter(path);
        _writer.WriteLine("provider,mode,bytes,round,side,us");
    }

    public void Write(BenchmarkRow row, PairedRounds rounds)
    {
        for (int i = 0; i < rounds.Count; i++)
        {
            Write(row, i, "floor", rounds.All[i].Floor);
            Write(row, i, "rowen", rounds.All[i].Rowen);
        }
    }

    public void Dispose() => _writer.Dispose();

    private void Write(BenchmarkRow row, int round, string side, RoundSample sample)
    {
        foreach (double us in sample.SamplesUs)
        {
            _writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{row.Provider},{row.Mode},{row.Bytes},{round},{side},{us:0.000}"));
        }
    }
}
